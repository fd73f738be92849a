// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Single block requests that took long, for /debug/events. Loaded at --permissions.paranoid=-1
 * only: the histograms are those of block.bpf.c.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/compat.bpf.h"
#include "slow_io_abi.h"

enum {
	REQ_OP_MASK = 0xff, /* REQ_OP_BITS, unchanged since 4.8 */
};

const volatile __u64 slow_ns = 100000000;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SLOW_IO_RING_BYTES);
} slow_requests SEC(".maps");

__u64 lost; /* found no room */

SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_block_rq_complete, struct request *rq, int error, unsigned int nr_bytes)
{
	struct gendisk *disk = compat_disk(rq);
	__u64 start = rq->start_time_ns, now;
	struct slow_io *event;

	/* With its last part only; without a disk or a start there is nothing to tell. */
	if (!disk || !start || nr_bytes < rq->__data_len)
		return 0;
	now = bpf_ktime_get_ns();
	if (now < start || now - start < slow_ns)
		return 0;
	event = bpf_ringbuf_reserve(&slow_requests, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->major = disk->major;
	event->minor = disk->first_minor;
	event->op = rq->cmd_flags & REQ_OP_MASK;
	event->error = error;
	event->end_ns = now;
	event->latency_ns = now - start;
	event->bytes = nr_bytes;
	event->pad = 0;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
