/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by tcp.bpf.c and userspace/probes/tcp.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* One a CPU: a cache line of its own each. */
struct tcp_cpu {
	__u64 connects;
	__u64 accepts;
	__u64 retransmits;
	__u64 pad[5];
};
