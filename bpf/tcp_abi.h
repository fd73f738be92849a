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

/* What the sockets of a group did: a cache line. */
struct tcp_group {
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 connects;
	__u64 accepts;
	__u64 retransmits;
	__u64 pad[3];
};

enum {
	TCP_MADE_BY_PEER = 1,
};

/* One a socket that has been seen. */
struct tcp_socket {
	__u32 group; /* who used it first; 0: nobody yet */
	__u32 flags; /* TCP_MADE_BY_PEER until somebody has used it */
};
