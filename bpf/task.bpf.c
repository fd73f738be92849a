// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Births of processes, and their deaths unless sched.bpf.c reports them, so that none is missed
 * between two scrapes.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/task_events.bpf.h"

/* An exec event under construction: larger than the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct task_exec);
} exec_scratch SEC(".maps");

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct task_fork *fork;

	if (child->pid != child->tgid)
		return 0;
	fork = bpf_ringbuf_reserve(&task_events, sizeof(*fork), 0);
	if (!fork) {
		count_lost(forks);
		return 0;
	}
	fork->event.type = TASK_EVENT_FORK;
	fork->event.tgid = child->tgid;
	fork->event.start_ns = compat_start_boottime(child);
	fork->ppid = child->real_parent->tgid;
	fork->flags = child->flags;
	bpf_ringbuf_submit(fork, task_wakeup_flags());
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
	exec->egid = p->cred->egid.val;
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
	if (bpf_ringbuf_output(&task_events, exec,
			       __builtin_offsetof(struct task_exec, args) + size,
			       task_wakeup_flags()))
		count_lost(execs);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev)
{
	if (task_is_dead(prev))
		task_report_death(prev);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
