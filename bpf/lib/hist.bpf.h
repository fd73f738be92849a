/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Slots of log2 histograms, see hist_abi.h. */
#pragma once

#include "lib/hist_abi.h"

static __always_inline __u32 ceil_log2(__u64 v)
{
	__u32 r = 0;

	if (v <= 1)
		return 0;
	v--; /* inclusive upper bounds: 2^k belongs to slot k */
	if (v >> 32) {
		v >>= 32;
		r += 32;
	}
	if (v >> 16) {
		v >>= 16;
		r += 16;
	}
	if (v >> 8) {
		v >>= 8;
		r += 8;
	}
	if (v >> 4) {
		v >>= 4;
		r += 4;
	}
	if (v >> 2) {
		v >>= 2;
		r += 2;
	}
	if (v >> 1)
		r++;
	return r + 1;
}

/* Rounds up to whole microseconds, so that a bucket's bound is inclusive to the nanosecond. */
static __always_inline __u32 hist_time_slot(__u64 ns)
{
	__u32 slot = ceil_log2((ns + 999) / 1000);

	return slot < HIST_TIME_SLOTS ? slot : HIST_TIME_SLOTS - 1;
}

static __always_inline __u32 hist_size_slot(__u32 bytes)
{
	__u32 slot = ceil_log2(((__u64)bytes + 511) / 512);

	return slot < HIST_SIZE_SLOTS ? slot : HIST_SIZE_SLOTS - 1;
}
