/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What sched.bpf.c keeps of each living task, its name group above all: other programs that count
 * by group share it.
 *
 * A task has a place in a table that is found by its address, in one cache line and without a call;
 * task storage is a call and three lines, and its making costs a fork 1.4 us. Only tasks that find
 * their set full are kept there. The address is a task's own for life; its pid is not, where a
 * thread calls exec. All writing to `owner` is additions, which need no lock and which every kernel
 * has.
 */
#pragma once

#include "lib/address.bpf.h"
#include "sched_abi.h"

const volatile __u32 place_shift = 31; /* 32, less the logarithm of the number of sets of places */
const volatile bool with_storage = false; /* for who finds no place; not on all kernels */

/* 24 bytes a task and about 64 of the kernel's own. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sched_task);
} sched_tasks SEC(".maps");

/* Mappable, so that it begins with a page and no set is in two cache lines. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to a power of two: 64 B each */
	__type(key, __u32);
	__type(value, struct sched_places);
} sched_places SEC(".maps");

static __always_inline struct sched_places *places_of(struct task_struct *task)
{
	__u32 index = address_hash(address_low(task), place_shift);

	return bpf_map_lookup_elem(&sched_places, &index);
}

/* What tells a task from the others of its set; a number, unlike its address. */
static __always_inline __u64 tag_of(struct task_struct *task, struct sched_places *set)
{
	__u64 tag = (__u64)task - (__u64)set;

	asm volatile("" : "+r"(tag)); /* else the compiler reckons on, with addresses */
	return tag;
}

/* Null: it has none. Without a branch for the ways, of which the verifier would follow each. */
static __always_inline struct sched_place *find_in(struct sched_places *set,
						   struct task_struct *task)
{
	__u64 tag = tag_of(task, set), differs = set->ways[0].owner ^ tag, minus = -differs;
	struct sched_place *place;

	asm volatile("" : "+r"(minus)); /* the compiler would make it a branch */
	place = &set->ways[(differs | minus) >> 63];
	return place->owner == tag ? place : 0;
}

static __always_inline struct sched_place *find_place(struct task_struct *task)
{
	struct sched_places *set = places_of(task);

	return set ? find_in(set, task) : 0;
}

/* Null: it was not made, or has ended. */
static __always_inline struct sched_task *find_task(struct task_struct *task)
{
	struct sched_place *place = find_place(task);

	if (place)
		return &place->task;
	return with_storage ? bpf_task_storage_get(&sched_tasks, task, 0, 0) : 0;
}

/* 0: it is in none. */
static __always_inline __u32 group_of(struct task_struct *task)
{
	struct sched_task *seen = find_task(task);

	return seen ? seen->group & (SCHED_GROUPS - 1) : 0;
}
