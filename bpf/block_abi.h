/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Shared by block.bpf.c and userspace/probes/block.cpp. */
#pragma once
#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif
#include "lib/hist_abi.h"

enum {
	BLOCK_MAX_KEYS = 4096, /* pairs of device and operation */
	BLOCK_MAX_ERRORS = 128, /* devices, operations and errors */
	BLOCK_MAX_DISKS = 256, /* that have a place in block_disk_latency */
	BLOCK_DISK_OPS = 4, /* read, write, flush and discard, in the kernel's order */
	BLOCK_DISK_SLOTS = 256, /* of block_disks; a power of two */
	BLOCK_OWNER_OPS = 2, /* read and write: of these the owner is told */
	BLOCK_MAX_CGROUPS = 128, /* and operations */
	BLOCK_WAYS = 4,
};

struct block_key {
	__u32 major;
	__u32 minor;
	__u32 op; /* enum req_op of include/linux/blk_types.h */
};

/* A disk with a place of its own. Written by user space; no disk has the major 0. */
struct block_disk {
	__u32 first; /* of its operations in block_disk_latency */
	__u32 major;
	__u32 minor;
	__u32 pad;
};

/* Where block_disks has a disk: in this slot, or in the other one of the pair, ^ 1. */
static inline __u32 block_disk_slot(__u32 major, __u32 minor)
{
	return ((major << 20 ^ minor) * 0x9e3779b1U) >> 24;
}

/* In this order, so that a request of up to 16 KiB needs two cache lines. */
struct block_hist {
	__u64 time_sum_ns;
	__u64 size_sum_bytes;
	__u64 size_slots[HIST_SIZE_SLOTS];
	__u64 time_slots[HIST_TIME_SLOTS];
};

/* The parts of the latency, where the kernel notes when the device got the request. */
struct block_split {
	__u64 queue_slots[HIST_TIME_SLOTS];
	__u64 device_slots[HIST_TIME_SLOTS];
	__u64 queue_sum_ns;
	__u64 device_sum_ns;
};

/* An owner that is no name group. */
struct block_cgroup_key {
	__u64 cgroup; /* the inode of its directory; 0: the root's, or there was no room */
	__u32 op;
	__u32 pad;
};

struct block_error_key {
	struct block_key key;
	__s32 error; /* as the tracepoint has it: a blk_status_t, before 5.18 an errno, negative */
};

/* What could not be counted, by cause. */
struct block_lost {
	__u64 map_full; /* no room for another device and operation */
	__u64 no_start_time; /* the queue keeps no times: queue/iostats is 0 */
	__u64 no_disk; /* request of a queue without a disk */
	__u64 errors_full; /* no room for another device, operation and error */
	__u64 not_split; /* the queue does not note when the device got a request */
};
