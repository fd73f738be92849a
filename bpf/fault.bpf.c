// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * How long major page faults took.
 *
 * Whether a fault is a major one is known at its end only, where the kernel counts a software event
 * for it, of which there are few. So each fault has its begin noted, and only that is done for
 * those that need no I/O. One that is tried again after it has waited is counted once, for all of
 * it. Faults that the kernel takes in somebody's place (get_user_pages) are not exceptions, nor
 * events.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/hist.bpf.h"
#include "fault_abi.h"

/* When a task's last fault began; 0: it is counted. 8 bytes a task and about 64 of the kernel's. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} fault_begins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs: 256 B each */
	__type(key, __u32);
	__type(value, struct fault_cpu);
} fault_latency SEC(".maps");

static __always_inline void note_begin(void)
{
	__u64 *begin = bpf_task_storage_get(&fault_begins, bpf_get_current_task_btf(), 0,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (begin)
		*begin = bpf_ktime_get_ns();
}

SEC("tp_btf/page_fault_user")
int on_page_fault_user(void *ctx)
{
	note_begin();
	return 0;
}

SEC("tp_btf/page_fault_kernel")
int on_page_fault_kernel(void *ctx)
{
	note_begin();
	return 0;
}

/* PERF_COUNT_SW_PAGE_FAULTS_MAJ of one CPU, each of them. */
SEC("perf_event")
int on_major_fault(void *ctx)
{
	__u32 id = bpf_get_smp_processor_id(), slot;
	__u64 *begin = bpf_task_storage_get(&fault_begins, bpf_get_current_task_btf(), 0, 0), took;
	struct fault_cpu *cpu = bpf_map_lookup_elem(&fault_latency, &id);

	if (!begin || !*begin || !cpu)
		return 0;
	took = bpf_ktime_get_ns() - *begin;
	*begin = 0;
	slot = hist_time_slot(took);
	cpu->slots[slot]++;
	cpu->sum_ns += took;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
