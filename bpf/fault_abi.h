/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by fault.bpf.c and userspace/probes/fault.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif
#include "lib/hist_abi.h"

/* One a CPU, written by that CPU only: cache lines of its own each. */
struct fault_cpu {
	__u64 slots[HIST_TIME_SLOTS];
	__u64 sum_ns;
	__u64 pad[3];
};
