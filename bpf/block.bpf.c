// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Latency and size of block requests by device and operation, from block_rq_complete alone. With
 * `by_owner`, by who wants them as well, for which block_getrq has to be looked at too.
 *
 * request.start_time_ns (CLOCK_MONOTONIC) is when the request was made, so the latency includes
 * the time in the queue, as "await" of /proc/diskstats does. No map of requests in flight.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/block_owner.bpf.h"
#include "lib/compat.bpf.h"
#include "lib/hist.bpf.h"
#include "lib/map.bpf.h"
#include "block_abi.h"

enum {
	REQ_OP_MASK = 0xff, /* REQ_OP_BITS, unchanged since 4.8 */
	REQ_OP_FLUSH = 2,
};

/* RQF_FLUSH_SEQ moved in 6.11: user space finds the bit of this kernel. */
const volatile __u32 flush_seq_flag = 1 << 4;
/* Before 5.11 a queue comes before the bio. */
const volatile bool getrq_has_queue = false;
const volatile bool split = false; /* needs request.io_start_time_ns */

/*
 * The disks that user space knows have their counts in an array: to find them in a hash costs as
 * much as all the rest.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BLOCK_DISK_SLOTS); /* 16 B each */
	__type(key, __u32);
	__type(value, struct block_disk);
} block_disks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BLOCK_DISK_OPS); /* set to what the disks need: 384 B each */
	__type(key, __u32);
	__type(value, struct block_hist);
} block_disk_latency SEC(".maps");

/* Other disks until the next scrape, and other operations. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_MAX_KEYS); /* lowered to what the disks need; 440 B each */
	__type(key, struct block_key);
	__type(value, struct block_hist);
} block_latency SEC(".maps");

/* With `split` only. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_MAX_KEYS); /* as block_latency; 536 B each */
	__type(key, struct block_key);
	__type(value, struct block_split);
} block_parts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BLOCK_MAX_ERRORS);
	__type(key, struct block_error_key);
	__type(value, __u64);
} block_errors SEC(".maps");

struct block_lost lost;

static const struct block_hist empty;
static const struct block_split empty_split;

/* Whether the disk has this slot; then `at` is where its counts of the operation are. */
static __always_inline bool find_disk(const struct block_key *key, __u32 slot, __u32 *at)
{
	struct block_disk *disk = bpf_map_lookup_elem(&block_disks, &slot);

	if (!disk || disk->minor != key->minor || disk->major != key->major)
		return false;
	*at = disk->first + key->op;
	return true;
}

static __always_inline struct block_hist *find_hist(const struct block_key *key)
{
	__u32 slot = block_disk_slot(key->major, key->minor), at;

	if (key->op < BLOCK_DISK_OPS &&
	    (find_disk(key, slot, &at) || find_disk(key, slot ^ 1, &at)))
		return bpf_map_lookup_elem(&block_disk_latency, &at);
	return lookup_or_insert(&block_latency, key, &empty);
}

static __always_inline void count_error(const struct block_key *key, int error)
{
	struct block_error_key with_error = {.key = *key, .error = error};
	__u64 none = 0, *count = lookup_or_insert(&block_errors, &with_error, &none);

	if (count)
		__sync_fetch_and_add(count, 1);
	else
		__sync_fetch_and_add(&lost.errors_full, 1);
}

static __always_inline void count_parts(const struct block_key *key, __u64 start, __u64 issued,
					__u64 now)
{
	struct block_split *parts;

	/* The queue begins to note it when somebody wants to know (wbt, kyber, iocost). */
	if (issued < start || issued > now) {
		__sync_fetch_and_add(&lost.not_split, 1);
		return;
	}
	parts = lookup_or_insert(&block_parts, key, &empty_split);
	if (!parts) {
		__sync_fetch_and_add(&lost.map_full, 1);
		return;
	}
	__sync_fetch_and_add(&parts->queue_slots[hist_time_slot(issued - start)], 1);
	__sync_fetch_and_add(&parts->queue_sum_ns, issued - start);
	__sync_fetch_and_add(&parts->device_slots[hist_time_slot(now - issued)], 1);
	__sync_fetch_and_add(&parts->device_sum_ns, now - issued);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_block_rq_complete, struct request *rq, int error, unsigned int nr_bytes)
{
	struct gendisk *disk = compat_disk(rq);
	__u64 start = rq->start_time_ns;
	struct block_hist *hist;
	struct block_key key;
	__u64 now, took;
	__u32 slot;

	if (!disk) {
		__sync_fetch_and_add(&lost.no_disk, 1);
		return 0;
	}
	if (!start) {
		__sync_fetch_and_add(&lost.no_start_time, 1);
		return 0;
	}
	key.major = disk->major;
	key.minor = disk->first_minor;
	key.op = rq->cmd_flags & REQ_OP_MASK;
	if (error)
		count_error(&key, error);
	hist = find_hist(&key);
	if (!hist) {
		__sync_fetch_and_add(&lost.map_full, 1);
		return 0;
	}

	/* Completed in parts: all bytes count, the request counts once, with its last part. */
	if (nr_bytes)
		__sync_fetch_and_add(&hist->size_sum_bytes, nr_bytes);
	if (nr_bytes < rq->__data_len)
		return 0;
	if (nr_bytes)
		__sync_fetch_and_add(&hist->size_slots[hist_size_slot(nr_bytes)], 1);

	/*
	 * A write with a preflush or FUA passes here once for its data, while it is part of a flush
	 * sequence, and once more when the sequence has ended: that is when it is done. The flush
	 * command itself carries the flag as well and ends at once.
	 */
	if ((rq->rq_flags & flush_seq_flag) && key.op != REQ_OP_FLUSH)
		return 0;
	now = bpf_ktime_get_ns();
	took = now - start;
	took &= (took >> 63) - 1; /* 0 where it is negative, without a branch for the verifier */
	slot = hist_time_slot(took);
	__sync_fetch_and_add(&hist->time_slots[slot], 1);
	__sync_fetch_and_add(&hist->time_sum_ns, took);
	if (by_owner)
		owner_count(rq->bio, key.op, slot, took);
	if (split)
		count_parts(&key, start, rq->io_start_time_ns, now);
	return 0;
}

SEC("?tp_btf/block_getrq")
int on_block_getrq(__u64 *args)
{
	__u64 bio = args[0];

	asm volatile("" : "+r"(bio)); /* older verifiers want each argument read by itself */
	if (getrq_has_queue)
		bio = args[1];
	owner_remember((void *)bio);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
