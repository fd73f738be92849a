/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What sched.bpf.c keeps of each task and each CPU, name groups above all: other programs that
 * count by group share it.
 */
#pragma once

#include "sched_abi.h"

/* 24 bytes a task and about 64 of the kernel's own. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sched_task);
} sched_tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs: 320 B each */
	__type(key, __u32);
	__type(value, struct sched_cpu);
} runq_latency SEC(".maps");

/*
 * The group of the task that runs; 0: it is in none. The switch has left it for its CPU, in a cache
 * line that is warm. Not every switch is told to the tracepoint (Linux 6.18: three in ten thousand
 * were not): the task must be the one that was switched in, else its storage knows.
 */
static __always_inline __u32 current_group(struct task_struct *current)
{
	__u32 id = bpf_get_smp_processor_id();
	struct sched_cpu *cpu = bpf_map_lookup_elem(&runq_latency, &id);
	struct sched_task *seen;

	if (cpu && cpu->running_pid == current->pid)
		return cpu->running_group & (SCHED_GROUPS - 1);
	seen = bpf_task_storage_get(&sched_tasks, current, 0, 0);
	return seen ? seen->group & (SCHED_GROUPS - 1) : 0;
}
