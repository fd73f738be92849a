/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Shared by task_iter.bpf.c and userspace/process/: what a snapshot says of a thread and of a
 * process. The /proc source fills the same records.
 */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

enum {
	TASK_COMM_BYTES = 16, /* TASK_COMM_LEN, with the terminating NUL */
	TASK_FD_WORDS = 64, /* open files are counted in the kernel up to 4,096 */
	TASK_FDS_UNKNOWN = 0xffffffff,
	TASK_QUOTAS = 4, /* of the control groups that a process is in, from the innermost */
	TASK_QUOTA_DEPTH = 8, /* levels that are looked at */
};

/* What the kernel counts for a thread, and for the ended threads of a process. Times in ns. */
struct task_counters {
	__u64 runtime_ns; /* exact time on a CPU; utime and stime only say how to split it */
	__u64 utime_ns;
	__u64 stime_ns;
	__u64 voluntary_switches;
	__u64 involuntary_switches;
	__u64 minor_faults;
	__u64 major_faults;
	__u64 read_bytes;
	__u64 write_bytes;
	/* 0 for ended threads: the kernel does not keep these. */
	__u64 run_delay_ns;
	__u64 blocked_io_ns;
	__u64 blocked_other_ns;
};

/* One a thread; of a process's main thread (pid == tgid) a task_process follows. */
struct task_thread {
	__u32 pid;
	__u32 tgid;
	__u64 start_ns; /* since boot, as /proc/PID/stat field 22 */
	__u32 state; /* kernel bits, exit_state included */
	__u32 flags; /* PF_* */
	char comm[TASK_COMM_BYTES];
	struct task_counters counters;
};

/* A CPU quota, and how long it has kept run queues from running who is in its control group. */
struct task_quota {
	__u64 control_group; /* its number, which no other one gets */
	__u64 throttled_ns;
};

struct task_process {
	struct task_counters ended; /* summed over the process's ended threads */
	__u32 ppid;
	__u32 euid;
	__u32 threads;
	__u32 open_fds; /* TASK_FDS_UNKNOWN: more than were counted */
	__u64 fd_limit; /* soft RLIMIT_NOFILE */
	__u64 virtual_pages;
	__u64 resident_pages;
	__u64 swapped_pages;
	__u64 control_group; /* of the main thread; 0: this kernel has no quotas */
	__u64 quota_count;
	struct task_quota quotas[TASK_QUOTAS];
};
