/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Slots of log2 histograms, see hist_abi.h. */
#pragma once

#include "lib/hist_abi.h"

/* 1 or 0, for values below 2^63. Without a branch, of which the verifier would follow both sides.
 */
static __always_inline __u64 is_above(__u64 v, __u64 bound)
{
	return (bound - v) >> 63;
}

/* Of values below 2^63; 0 of 0 and 1. */
static __always_inline __u64 ceil_log2(__u64 v)
{
	__u64 log = 0, step;

	v -= is_above(v, 0); /* inclusive upper bounds: 2^k belongs to slot k */
	step = is_above(v, 0xffffffff) << 5;
	v >>= step;
	log += step;
	step = is_above(v, 0xffff) << 4;
	v >>= step;
	log += step;
	step = is_above(v, 0xff) << 3;
	v >>= step;
	log += step;
	step = is_above(v, 0xf) << 2;
	v >>= step;
	log += step;
	step = is_above(v, 3) << 1;
	v >>= step;
	log += step;
	/* What is left is 0 to 3: 0 where nothing was, else the last step and one for rounding up.
	 */
	return log + is_above(v, 1) + is_above(v, 0);
}

/* Rounds up to whole microseconds, so that a bucket's bound is inclusive to the nanosecond. */
static __always_inline __u32 hist_time_slot(__u64 ns)
{
	__u64 slot = ceil_log2((ns + 999) / 1000);

	return slot < HIST_TIME_SLOTS ? slot : HIST_TIME_SLOTS - 1;
}

static __always_inline void hist_add_shared(struct hist_times *times, __u32 slot, __u64 ns)
{
	__sync_fetch_and_add(&times->slots[slot], 1);
	__sync_fetch_and_add(&times->sum_ns, ns);
}

static __always_inline __u32 hist_size_slot(__u32 bytes)
{
	__u64 slot = ceil_log2(((__u64)bytes + 511) / 512);

	return slot < HIST_SIZE_SLOTS ? slot : HIST_SIZE_SLOTS - 1;
}
