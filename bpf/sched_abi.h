/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by sched.bpf.c and userspace/probes/sched.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif
#include "lib/hist_abi.h"

/* One a CPU, written by that CPU only: a cache line of its own each. */
struct sched_cpu {
	__u64 slots[HIST_TIME_SLOTS];
	__u64 sum_ns;
	__u64 discarded; /* clock behind the time of queueing: not counted as a wait */
	__u64 pad[2];
};
