/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by sched.bpf.c and userspace/probes/sched.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif
#include "lib/hist_abi.h"

enum {
	SCHED_GROUPS = 512, /* numbers of groups; 0: of a task in none. A power of two */
	SCHED_MAX_COPIES = 32, /* of the groups' counts; a power of two */
	SCHED_MAX_ASSIGNED = 512, /* processes that get their group in one pass */
	SCHED_MAX_COMMS = 1024,
	SCHED_COMM_BYTES = 16, /* TASK_COMM_LEN */
	SCHED_WAYS = 2, /* sets of places have so many */
	SCHED_MAX_SETS = 1 << 14, /* a power of two */
};

/* One a CPU, written by that CPU only: cache lines of its own each. */
struct sched_cpu {
	__u64 sum_ns;
	__u64 discarded; /* clock behind the time of queueing: not counted as a wait */
	__u64 voluntary; /* switches from a task that went to sleep or ended ... */
	__u64 involuntary; /* ... and from one that wanted to go on */
	__u64 migrations; /* to a task that last ran on another CPU */
	__u64 slots[HIST_TIME_SLOTS];
	__u64 pad[7];
};

/* One a living task. */
struct sched_task {
	__u64 waited_ns; /* sched_info.run_delay at its last arrival on a CPU */
	__u32 group;
	__u32 cpu; /* where it last ran, and 1; 0: not known yet */
	__u64 ran_ns; /* with slices: se.sum_exec_runtime when it last left a CPU */
};

struct sched_place {
	__u64 owner; /* made of the task's address; 0: free; small numbers: it is being taken */
	struct sched_task task;
};

/* One cache line. */
struct sched_places {
	struct sched_place ways[SCHED_WAYS];
};

/* The name of a program, all of whose processes have been in one group so far. */
struct sched_comm {
	char text[SCHED_COMM_BYTES]; /* with zeroes behind it */
};
