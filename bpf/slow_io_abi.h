/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by slow_io.bpf.c and userspace/probes/slow_io.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

enum {
	SLOW_IO_RING_BYTES = 64 * 1024, /* 1,170 requests */
};

struct slow_io {
	__u32 major;
	__u32 minor;
	__u32 op; /* enum req_op of include/linux/blk_types.h */
	__s32 error; /* a blk_status_t, before 5.18 an errno, negative */
	__u64 end_ns; /* since boot, as CLOCK_MONOTONIC counts */
	__u64 latency_ns;
	__u32 bytes; /* that were completed with its last part */
	__u32 pad;
};
