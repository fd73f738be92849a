/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What sched.bpf.c keeps of each task, its name group above all: other programs that count by
 * group share it.
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

/* The group of a task; 0: it is in none. */
static __always_inline __u32 group_of(struct task_struct *task)
{
	struct sched_task *seen = bpf_task_storage_get(&sched_tasks, task, 0, 0);

	return seen ? seen->group & (SCHED_GROUPS - 1) : 0;
}
