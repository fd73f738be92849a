/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Log2 histograms: slot i counts values v with 2^(i-1) < v <= 2^i, slot 0 those up to 1. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

enum {
	HIST_TIME_SLOTS = 28, /* 1 us to 2^26 us (67 s), and one slot for what is longer */
	HIST_SIZE_SLOTS = 18, /* 512 B to 512 B << 16 (32 MiB), and one for what is larger */
};

/*
 * Times of a group or another owner, two cache lines, of which what is below 8 ms needs the first.
 * They wrap: user space adds up their growth.
 */
struct hist_times {
	__u64 sum_ns;
	__u32 slots[HIST_TIME_SLOTS];
	__u64 pad;
};
