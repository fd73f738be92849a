/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by task.bpf.c, sched.bpf.c and userspace/process/: births and deaths. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif
#include "task_iter_abi.h"

enum {
	/*
	 * About 330 lives of a fork, an exec and a death each, for each CPU, which has no more than
	 * some thousand a second. Two CPUs' at least.
	 */
	TASK_RING_CPU_BYTES = 128 * 1024,
	TASK_RING_MAX_BYTES = 4 * 1024 * 1024,
	TASK_MAX_ARGS = 512, /* bytes of the command line kept for a process that may end unseen */
	TASK_OVERFLOW_COMMS = 512,
};

enum {
	TASK_EVENT_FORK = 1,
	TASK_EVENT_EXEC = 2,
	TASK_EVENT_THREAD_END = 3,
	TASK_EVENT_PROCESS_END = 4,
};

struct task_event {
	__u32 type;
	__u32 tgid;
	__u64 start_ns; /* since boot: of the main thread, but of the thread that ended */
};

/* A process was made. */
struct task_fork {
	struct task_event event;
	__u32 ppid;
	__u32 flags; /* PF_* */
};

/* It runs another program. */
struct task_exec {
	struct task_event event;
	__u32 euid;
	__u32 args_bytes; /* that follow in args[], cut at TASK_MAX_ARGS */
	__u32 args_cut; /* 1: the command line is longer */
	__u32 egid;
	char comm[TASK_COMM_BYTES];
	char args[TASK_MAX_ARGS];
};

/* Of an ended thread, what the kernel does not keep, or is behind with. */
struct task_end_times {
	__u64 runtime_ns;
	__u64 run_delay_ns;
	__u64 blocked_io_ns;
	__u64 blocked_other_ns;
};

/*
 * A thread that is not the last of its process was switched out for the last time: its run time is
 * exact, to the last slice. A main thread has pid == tgid; unless exec follows, the end of the
 * process tells its time again.
 */
struct task_thread_end {
	struct task_event event;
	__u32 pid;
	__u32 pad;
	struct task_end_times times;
};

/* The last thread of a process, likewise. */
struct task_process_end {
	struct task_event event;
	__u32 euid;
	__u32 flags; /* PF_* */
	__u32 exit_code; /* as for wait(2): signal in bits 0 to 6, status in 8 to 15 */
	__u32 oom; /* 1: chosen by the out-of-memory killer */
	__u32 egid;
	__u32 pad;
	char comm[TASK_COMM_BYTES]; /* of the main thread */
	/* Of all threads; but what is in task_end_times only of the main and the last thread. */
	struct task_counters totals;
};

/* Deaths that the ring had no room for, by comm: their time is kept, their finer name is not. */
struct task_overflow_key {
	char comm[TASK_COMM_BYTES];
};

struct task_overflow {
	__u64 processes;
	__u64 runtime_ns;
};

/* Events that were not delivered. */
struct task_lost {
	__u64 forks;
	__u64 execs;
	__u64 thread_ends;
	__u64 process_ends;
	__u64 overflow_full; /* deaths that even the table by comm had no room for */
};
