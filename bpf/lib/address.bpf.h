/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Addresses of the kernel's objects as keys of arrays that serve as hash tables. */
#pragma once

/* The low half as a number, which the compiler's own conversion is not for the verifier. */
static __always_inline __u32 address_low(const void *address)
{
	__u32 low = (__u32)(__u64)address;

	asm volatile("%0 = %0" : "+w"(low));
	return low;
}

/*
 * One of 2^n numbers, with a shift of 32 - n. Objects lie at regular distances, which one
 * multiplication alone may crowd: it left 375 of 5,000 tasks without a place, in place of 250.
 */
static __always_inline __u32 address_hash(__u32 low, __u32 shift)
{
	low *= 0x9e3779b1U;
	low ^= low >> 15;
	return (low * 0x85ebca6bU) >> shift;
}
