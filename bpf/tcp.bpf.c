// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * TCP connections made and segments sent again, in all network namespaces of the host:
 * /proc/net/snmp counts the same of one.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "tcp_abi.h"

enum {
	IPPROTO_TCP = 6,
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs: 64 B each */
	__type(key, __u32);
	__type(value, struct tcp_cpu);
} tcp_counts SEC(".maps");

static __always_inline struct tcp_cpu *this_cpu(void)
{
	__u32 id = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&tcp_counts, &id);
}

/* A task that connects may be preempted by another that does: additions are atomic. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_inet_sock_set_state, struct sock *sk, int old, int new)
{
	struct tcp_cpu *cpu;

	if (new != TCP_SYN_SENT && !(new == TCP_ESTABLISHED &&old == TCP_SYN_RECV))
		return 0;
	/* A bit field until 5.5 (EL 8). MPTCP has sockets of its own above those of TCP. */
	if (BPF_CORE_READ_BITFIELD(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	cpu = this_cpu();
	if (!cpu)
		return 0;
	if (new == TCP_SYN_SENT)
		__sync_fetch_and_add(&cpu->connects, 1);
	else
		__sync_fetch_and_add(&cpu->accepts, 1);
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(on_tcp_retransmit_skb, struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *segments = (void *)&skb->cb;
	struct tcp_cpu *cpu = this_cpu();
	__u16 count = 0;

	bpf_core_read(&count, sizeof(count), &segments->tcp_gso_segs);
	if (cpu)
		__sync_fetch_and_add(&cpu->retransmits, count);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int on_tcp_retransmit_synack(void *ctx)
{
	struct tcp_cpu *cpu = this_cpu();

	if (cpu)
		__sync_fetch_and_add(&cpu->retransmits, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
