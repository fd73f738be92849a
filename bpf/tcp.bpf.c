// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * TCP connections made and segments sent again, in all network namespaces of the host:
 * /proc/net/snmp counts the same of one.
 *
 * With `by_group` for the name groups as well, and what they send and receive. Bytes and connects
 * are of the task that asks for them. What happens in interrupts, accepts and retransmits, is of
 * the group whose task was the first to use the socket, which is noted in the socket's storage.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/sched_tasks.bpf.h"
#include "tcp_abi.h"

enum {
	IPPROTO_TCP = 6,
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	MSG_PEEK = 2,
};

const volatile bool by_group = false;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs: 64 B each */
	__type(key, __u32);
	__type(value, struct tcp_cpu);
} tcp_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SCHED_GROUPS); /* 64 B each */
	__type(key, __u32);
	__type(value, struct tcp_group);
} tcp_groups SEC(".maps");

/* 8 bytes a socket and about 100 of the kernel's own. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tcp_socket);
} tcp_sockets SEC(".maps");

/* Of group 0 as well: nobody reads that. */
static __always_inline struct tcp_group *counts_of(__u32 group)
{
	return bpf_map_lookup_elem(&tcp_groups, &group);
}

/* The storage of a socket, made at need. */
static __always_inline struct tcp_socket *socket_of(struct sock *sk)
{
	return bpf_sk_storage_get(&tcp_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
}

/* The counts of the group of the task that uses a socket, which is its owner if it is the first. */
static __always_inline struct tcp_group *use(struct sock *sk)
{
	__u32 group = group_of(bpf_get_current_task_btf());
	struct tcp_socket *socket = socket_of(sk);
	struct tcp_group *counts = counts_of(group);

	if (!socket || !counts)
		return counts;
	if (!socket->group)
		socket->group = group;
	if (socket->flags & TCP_MADE_BY_PEER) {
		socket->flags = 0;
		__sync_fetch_and_add(&counts->accepts, 1);
	}
	return counts;
}

/* A bit field until 5.5 (EL 8). MPTCP has sockets of its own above those of TCP. */
static __always_inline bool is_tcp(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD(sk, sk_protocol) == IPPROTO_TCP;
}

static __always_inline struct tcp_cpu *this_cpu(void)
{
	__u32 id = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&tcp_counts, &id);
}

static __always_inline void note_connection(struct sock *sk, bool made_here)
{
	struct tcp_socket *socket;
	struct tcp_group *counts;

	if (made_here) {
		counts = use(sk);
		if (counts)
			__sync_fetch_and_add(&counts->connects, 1);
		return;
	}
	socket = socket_of(sk);
	if (socket)
		socket->flags = TCP_MADE_BY_PEER;
}

static __always_inline void note_retransmit(struct sock *sk, __u16 segments)
{
	struct tcp_socket *socket = bpf_sk_storage_get(&tcp_sockets, sk, 0, 0);
	struct tcp_group *counts = socket ? counts_of(socket->group) : 0;

	if (counts)
		__sync_fetch_and_add(&counts->retransmits, segments);
}

/* A task that connects may be preempted by another that does: additions are atomic. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_inet_sock_set_state, struct sock *sk, int old, int new)
{
	struct tcp_cpu *cpu;

	if (new != TCP_SYN_SENT && !(new == TCP_ESTABLISHED &&old == TCP_SYN_RECV))
		return 0;
	if (!is_tcp(sk))
		return 0;
	cpu = this_cpu();
	if (!cpu)
		return 0;
	if (new == TCP_SYN_SENT)
		__sync_fetch_and_add(&cpu->connects, 1);
	else
		__sync_fetch_and_add(&cpu->accepts, 1);
	if (by_group)
		note_connection(sk, new == TCP_SYN_SENT);
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
	if (by_group)
		note_retransmit(sk, count);
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

SEC("?tp_btf/sock_send_length")
int BPF_PROG(on_sock_send_length, struct sock *sk, int ret)
{
	struct tcp_group *counts;

	if (ret <= 0 || !is_tcp(sk))
		return 0;
	counts = use(sk);
	if (counts)
		__sync_fetch_and_add(&counts->sent_bytes, ret);
	return 0;
}

SEC("?tp_btf/sock_recv_length")
int BPF_PROG(on_sock_recv_length, struct sock *sk, int ret, int flags)
{
	struct tcp_group *counts;

	if (ret <= 0 || flags & MSG_PEEK || !is_tcp(sk))
		return 0;
	counts = use(sk);
	if (counts)
		__sync_fetch_and_add(&counts->received_bytes, ret);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
