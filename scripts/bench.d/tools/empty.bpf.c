// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* What any program on sched_switch costs before it does anything. */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("tp_btf/sched_switch")
int BPF_PROG(on_empty)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
