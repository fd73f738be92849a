// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Time in softirqs and in the handlers of interrupts, and how long softirqs were late.
 *
 * A softirq runs on the CPU that raised it, none inside another of its CPU, and a handler of an
 * interrupt inside none: time stamps and counts need no more than a place for each CPU. A softirq's
 * time includes the interrupts that came meanwhile. Vectors without a handler of their own (the
 * local timer, calls between CPUs) have no irq_handler_entry.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/hist.bpf.h"
#include "irq_abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, IRQ_VECTORS); /* set to as many a possible CPU: 512 B each */
	__type(key, __u32);
	__type(value, struct irq_softirq);
} irq_softirqs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, IRQ_MAX_LINES); /* 264 B each */
	__type(key, __u32);
	__type(value, struct irq_line);
} irq_lines SEC(".maps");

/* When this CPU's handler began; 0: before the program came. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} irq_entered SEC(".maps");

__u64 lines_full; /* interrupts that found no room for their line */

static __always_inline struct irq_softirq *this_softirq(unsigned int vector)
{
	__u32 index = bpf_get_smp_processor_id() * IRQ_VECTORS + vector;

	if (vector >= IRQ_VECTORS)
		return 0;
	return bpf_map_lookup_elem(&irq_softirqs, &index);
}

SEC("tp_btf/softirq_raise")
int BPF_PROG(on_softirq_raise, unsigned int vector)
{
	struct irq_softirq *softirq = this_softirq(vector);

	if (softirq && !softirq->raised_ns)
		softirq->raised_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(on_softirq_entry, unsigned int vector)
{
	struct irq_softirq *softirq = this_softirq(vector);
	__u64 now, late;

	if (!softirq)
		return 0;
	now = bpf_ktime_get_ns();
	softirq->entered_ns = now;
	if (!softirq->raised_ns)
		return 0;
	late = now - softirq->raised_ns;
	softirq->raised_ns = 0;
	softirq->latency_slots[hist_time_slot(late)]++;
	softirq->latency_sum_ns += late;
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(on_softirq_exit, unsigned int vector)
{
	struct irq_softirq *softirq = this_softirq(vector);
	__u64 took;

	if (!softirq || !softirq->entered_ns)
		return 0;
	took = bpf_ktime_get_ns() - softirq->entered_ns;
	softirq->entered_ns = 0;
	softirq->time_slots[hist_time_slot(took)]++;
	softirq->time_sum_ns += took;
	return 0;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(on_irq_handler_entry, int irq, struct irqaction *action)
{
	__u32 zero = 0;
	__u64 *entered = bpf_map_lookup_elem(&irq_entered, &zero);

	if (entered)
		*entered = bpf_ktime_get_ns();
	return 0;
}

/* Once an interrupt, with the name of its handler. */
static __always_inline struct irq_line *add_line(__u32 irq, struct irqaction *action)
{
	struct irq_line line = {};

	bpf_probe_read_kernel_str(line.name, sizeof(line.name), action->name);
	bpf_map_update_elem(&irq_lines, &irq, &line, BPF_NOEXIST);
	return bpf_map_lookup_elem(&irq_lines, &irq);
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(on_irq_handler_exit, int irq, struct irqaction *action)
{
	__u32 zero = 0, number = irq;
	__u64 *entered = bpf_map_lookup_elem(&irq_entered, &zero), took;
	struct irq_line *line;

	if (!entered || !*entered)
		return 0;
	took = bpf_ktime_get_ns() - *entered;
	*entered = 0;
	line = bpf_map_lookup_elem(&irq_lines, &number);
	if (!line)
		line = add_line(number, action);
	if (!line) {
		__sync_fetch_and_add(&lines_full, 1);
		return 0;
	}
	__sync_fetch_and_add(&line->slots[hist_time_slot(took)], 1);
	__sync_fetch_and_add(&line->sum_ns, took);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
