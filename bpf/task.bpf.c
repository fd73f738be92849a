// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Births and deaths of processes, so that none is missed between two scrapes.
 *
 * Deaths are taken at sched_process_free, an RCU grace period after the task was released and
 * switched out for good: off the hot path, and everything the kernel counted is final by then.
 * User space is woken only when the ring is half full; otherwise it drains it at the next scrape.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/compat.bpf.h"
#include "task_abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TASK_RING_BYTES);
} events SEC(".maps");

/* An exec event under construction: larger than the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct task_exec);
} exec_scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TASK_OVERFLOW_COMMS); /* 104 B each */
	__type(key, struct task_overflow_key);
	__type(value, struct task_overflow);
} overflow SEC(".maps");

struct task_lost lost;

static const struct task_overflow empty;

static __always_inline __u64 wakeup_flags(void)
{
	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > TASK_RING_BYTES / 2)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct task_fork *fork;

	if (child->pid != child->tgid)
		return 0;
	fork = bpf_ringbuf_reserve(&events, sizeof(*fork), 0);
	if (!fork) {
		__sync_fetch_and_add(&lost.forks, 1);
		return 0;
	}
	fork->event.type = TASK_EVENT_FORK;
	fork->event.tgid = child->tgid;
	fork->event.start_ns = compat_start_boottime(child);
	fork->ppid = child->real_parent->tgid;
	fork->flags = child->flags;
	bpf_ringbuf_submit(fork, wakeup_flags());
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_sched_process_exec, struct task_struct *p)
{
	struct mm_struct *mm = p->mm;
	struct task_exec *exec;
	__u64 size;
	__u32 zero = 0;

	exec = bpf_map_lookup_elem(&exec_scratch, &zero);
	if (!exec || !mm)
		return 0;
	exec->event.type = TASK_EVENT_EXEC;
	exec->event.tgid = p->tgid;
	exec->event.start_ns = compat_start_boottime(p);
	exec->euid = p->cred->euid.val;
	__builtin_memcpy(exec->comm, p->comm, sizeof(exec->comm));
	size = mm->arg_end - mm->arg_start;
	exec->args_cut = size > TASK_MAX_ARGS;
	if (size > TASK_MAX_ARGS)
		size = TASK_MAX_ARGS;
	/* The verifier of older kernels wants to see the bound on the register it checks. */
	asm volatile("" : "+r"(size));
	size &= 2 * TASK_MAX_ARGS - 1;
	if (size > TASK_MAX_ARGS)
		size = TASK_MAX_ARGS;
	if (bpf_probe_read_user(exec->args, size, (void *)mm->arg_start))
		size = 0;
	exec->args_bytes = size;
	if (bpf_ringbuf_output(&events, exec, __builtin_offsetof(struct task_exec, args) + size,
			       wakeup_flags()))
		__sync_fetch_and_add(&lost.execs, 1);
	return 0;
}

static __always_inline void add_counters(struct task_counters *sum, const struct task_counters *c)
{
	__sync_fetch_and_add(&sum->runtime_ns, c->runtime_ns);
	__sync_fetch_and_add(&sum->utime_ns, c->utime_ns);
	__sync_fetch_and_add(&sum->stime_ns, c->stime_ns);
	__sync_fetch_and_add(&sum->voluntary_switches, c->voluntary_switches);
	__sync_fetch_and_add(&sum->involuntary_switches, c->involuntary_switches);
	__sync_fetch_and_add(&sum->minor_faults, c->minor_faults);
	__sync_fetch_and_add(&sum->major_faults, c->major_faults);
	__sync_fetch_and_add(&sum->read_bytes, c->read_bytes);
	__sync_fetch_and_add(&sum->write_bytes, c->write_bytes);
	__sync_fetch_and_add(&sum->run_delay_ns, c->run_delay_ns);
}

static __always_inline void keep_overflow(struct task_struct *p, const struct task_counters *c)
{
	struct task_overflow_key key;
	struct task_overflow *sum;

	__sync_fetch_and_add(&lost.process_ends, 1);
	__builtin_memcpy(key.comm, p->comm, sizeof(key.comm));
	sum = bpf_map_lookup_elem(&overflow, &key);
	if (!sum) {
		bpf_map_update_elem(&overflow, &key, &empty, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&overflow, &key);
	}
	if (!sum) {
		__sync_fetch_and_add(&lost.overflow_full, 1);
		return;
	}
	__sync_fetch_and_add(&sum->processes, 1);
	add_counters(&sum->counters, c);
}

/* When the main thread is released it has been added to the sums of the ended, as the last one. */
static __always_inline void read_final(struct task_counters *out, struct task_struct *p)
{
	struct signal_struct *signal = p->signal;

	out->runtime_ns = signal->sum_sched_runtime;
	out->utime_ns = signal->utime;
	out->stime_ns = signal->stime;
	out->voluntary_switches = signal->nvcsw;
	out->involuntary_switches = signal->nivcsw;
	out->minor_faults = signal->min_flt;
	out->major_faults = signal->maj_flt;
	out->read_bytes = signal->ioac.read_bytes;
	out->write_bytes = signal->ioac.write_bytes;
	out->run_delay_ns = p->sched_info.run_delay;
}

static __always_inline int end_process(struct task_struct *p)
{
	struct task_process_end *end = bpf_ringbuf_reserve(&events, sizeof(*end), 0);

	if (!end) {
		struct task_counters counters;

		read_final(&counters, p);
		keep_overflow(p, &counters);
		return 0;
	}
	end->event.type = TASK_EVENT_PROCESS_END;
	end->event.tgid = p->tgid;
	end->event.start_ns = compat_start_boottime(p);
	end->euid = p->cred->euid.val;
	end->flags = p->flags;
	end->exit_code = p->exit_code;
	end->oom = p->signal->oom_mm != 0;
	__builtin_memcpy(end->comm, p->comm, sizeof(end->comm));
	end->main_runtime_ns = p->se.sum_exec_runtime;
	read_final(&end->counters, p);
	bpf_ringbuf_submit(end, wakeup_flags());
	return 0;
}

static __always_inline int end_thread(struct task_struct *p)
{
	struct task_thread_end *end = bpf_ringbuf_reserve(&events, sizeof(*end), 0);

	if (!end) {
		__sync_fetch_and_add(&lost.thread_ends, 1);
		return 0;
	}
	end->event.type = TASK_EVENT_THREAD_END;
	end->event.tgid = p->tgid;
	end->event.start_ns = compat_start_boottime(p);
	end->pid = p->pid;
	end->pad = 0;
	end->runtime_ns = p->se.sum_exec_runtime;
	end->run_delay_ns = p->sched_info.run_delay;
	bpf_ringbuf_submit(end, wakeup_flags());
	return 0;
}

SEC("tp_btf/sched_process_free")
int BPF_PROG(on_sched_process_free, struct task_struct *p)
{
	return p->pid == p->tgid ? end_process(p) : end_thread(p);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
