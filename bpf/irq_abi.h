/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by irq.bpf.c and userspace/probes/irq.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif
#include "lib/hist_abi.h"

enum {
	IRQ_VECTORS = 10, /* NR_SOFTIRQS, the same since 2.6.39 */
	IRQ_MAX_LINES = 256, /* interrupts that are told apart */
	IRQ_NAME_BYTES = 32,
};

/* One a CPU and vector, written by that CPU only: cache lines of its own each. */
struct irq_softirq {
	__u64 time_slots[HIST_TIME_SLOTS];
	__u64 latency_slots[HIST_TIME_SLOTS];
	__u64 time_sum_ns;
	__u64 latency_sum_ns;
	__u64 raised_ns; /* first raise since it last began; 0: none */
	__u64 entered_ns; /* 0: it is not running, or was when the program came */
	__u64 pad[4];
};

/* One an interrupt, of all CPUs. */
struct irq_line {
	__u64 slots[HIST_TIME_SLOTS];
	__u64 sum_ns;
	char name[IRQ_NAME_BYTES]; /* of who first handled it, with a zero behind it */
};
