/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What every program does with a hash that it fills itself. */
#pragma once

/* The value of a key of a hash, made from `initial` where there is none; null where it is full. */
static __always_inline void *lookup_or_insert(void *map, const void *key, const void *initial)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	bpf_map_update_elem(map, key, initial, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}
