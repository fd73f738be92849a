/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Who wants a block request: the name group of the task that made it, else the control group that
 * its first bio is accounted to, else nobody that could be named.
 *
 * At its completion nothing tells who made a request, so the group is written down when the task
 * gets it, under the address of its first bio: an array of buckets of a few ways each, in place
 * of a hash, which would cost more than all the rest. What is overwritten in a full bucket, and a
 * request whose first bio changes under way, falls to the control group.
 */
#pragma once

#include "lib/address.bpf.h"
#include "lib/compat.bpf.h"
#include "lib/hist.bpf.h"
#include "lib/map.bpf.h"
#include "lib/sched_tasks.bpf.h"
#include "block_abi.h"

enum {
	PF_KTHREAD = 0x00200000,
};

const volatile bool by_owner = false;
const volatile __u32 bucket_shift = 31; /* 32, less the logarithm of the number of buckets */

/* A way: the low half of the bio's address above the group; 0: free. */
struct block_bucket {
	__u64 ways[BLOCK_WAYS];
};

/* Mappable, so that it begins with a page and no bucket is in two cache lines. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to a power of two: 32 B each */
	__type(key, __u32);
	__type(value, struct block_bucket);
} block_in_flight SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to SCHED_GROUPS * BLOCK_OWNER_OPS: 128 B each */
	__type(key, __u32);
	__type(value, struct hist_times);
} block_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_MAX_CGROUPS); /* 192 B each */
	__type(key, struct block_cgroup_key);
	__type(value, struct hist_times);
} block_cgroups SEC(".maps");

__u64 owners_lost; /* no room for a request in flight, or for another control group */

static const struct hist_times no_times;

static __always_inline struct block_bucket *bucket_of(__u32 bio)
{
	__u32 index = address_hash(bio, bucket_shift);

	return bpf_map_lookup_elem(&block_in_flight, &index);
}

static __always_inline void owner_remember(struct bio *of)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 bio = address_low(of), i;
	struct block_bucket *bucket = bucket_of(bio);
	__u64 at = BLOCK_WAYS, group, way;

	if (!bucket)
		return;
	/* A kernel thread works for others. The address may have been another's: it is cleared. */
	group = task->flags & PF_KTHREAD ? 0 : group_of(task);
	for (i = 0; i < BLOCK_WAYS; i++) {
		way = bucket->ways[i];
		if ((way >> 32) == bio) {
			at = i;
			break;
		}
		if (!way)
			at = i;
	}
	if (at >= BLOCK_WAYS) {
		if (!group)
			return;
		/* The oldest goes: as a rule it was left behind. */
		__sync_fetch_and_add(&owners_lost, 1);
		for (at = 0; at < BLOCK_WAYS - 1; at++)
			bucket->ways[at] = bucket->ways[at + 1];
	}
	bucket->ways[at] = group ? (__u64)bio << 32 | group : 0;
}

/* 0: none that is known. Without branches, of which the verifier would follow all. */
static __always_inline __u32 owner_take(struct bio *of)
{
	__u32 bio = address_low(of), i;
	struct block_bucket *bucket = bucket_of(bio);
	__u64 found = 0, at = 0;

	if (!bucket)
		return 0;
	for (i = 0; i < BLOCK_WAYS; i++) {
		__u64 way = bucket->ways[i];
		__u64 is_other = (((way >> 32) ^ bio) + 0xffffffff) >> 32;

		found |= way & (is_other - 1);
		at |= i & (is_other - 1);
	}
	if (found) { /* the other ways are other CPUs' */
		asm volatile("" : "+r"(at)); /* the compiler knows its bound, the verifier not */
		bucket->ways[at & (BLOCK_WAYS - 1)] = 0;
	}
	return found;
}

static __always_inline void owner_count(struct bio *bio, __u32 op, __u32 slot, __u64 took)
{
	struct block_cgroup_key key = {.op = op};
	struct hist_times *times;
	__u32 group;

	if (!bio)
		return;
	group = owner_take(bio);
	if (op >= BLOCK_OWNER_OPS)
		return;
	if (group) {
		group = group * BLOCK_OWNER_OPS + op;
		times = bpf_map_lookup_elem(&block_groups, &group);
	} else {
		key.cgroup = compat_bio_cgroup(bio);
		times = lookup_or_insert(&block_cgroups, &key, &no_times);
		if (!times) {
			key.cgroup = 0; /* has its place from the beginning */
			times = bpf_map_lookup_elem(&block_cgroups, &key);
		}
	}
	if (times)
		hist_add_shared(times, slot, took);
	else
		__sync_fetch_and_add(&owners_lost, 1);
}
