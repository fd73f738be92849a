// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Run-queue latency of the node, from sched_switch alone.
 *
 * When a task is switched in, sched_info.last_queued still says when it was queued (the scheduler
 * clears it after this tracepoint) and its run queue's clock has just been updated. Their
 * difference is the wait in the kernel's own units, without a wakeup hook, a map of time stamps or
 * a clock read. The sums equal field 2 of /proc/PID/schedstat.
 *
 * A waiting task that is moved to another CPU is queued afresh: what it waited before is only in
 * sched_info.run_delay. With `exact`, the task's storage remembers the run_delay of its last
 * arrival, so that the whole wait is counted as one. The first sight of a task sets that baseline.
 *
 * With `report_deaths` it also tells the name groups of tasks that are switched out for good.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/compat.bpf.h"
#include "lib/hist.bpf.h"
#include "lib/task_events.bpf.h"
#include "sched_abi.h"

const volatile bool exact = false;
const volatile bool report_deaths = false;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs: 256 B each */
	__type(key, __u32);
	__type(value, struct sched_cpu);
} runq_latency SEC(".maps");

/* One a living task, 8 bytes and about 64 of the kernel's own. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} waited_ns SEC(".maps");

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 last_queued = next->sched_info.last_queued, clock, wait;
	struct sched_cpu *cpu;
	__u32 id;

	if (report_deaths && task_is_dead(prev))
		task_report_death(prev);
	if (next->pid == 0 || last_queued == 0)
		return 0;
	id = bpf_get_smp_processor_id();
	cpu = bpf_map_lookup_elem(&runq_latency, &id);
	if (!cpu)
		return 0;
	clock = next->se.cfs_rq->rq->clock;
	wait = clock - last_queued;
	if ((__s64)wait < 0) {
		cpu->discarded++;
		return 0;
	}
	if (exact) {
		__u64 *waited = bpf_task_storage_get(&waited_ns, next, 0, 0);

		if (waited) {
			__u64 total = next->sched_info.run_delay + wait;

			wait = total - *waited;
			*waited = total;
		}
	}
	cpu->slots[hist_time_slot(wait)]++;
	cpu->sum_ns += wait;
	return 0;
}

/* A task's storage is made here and below, never on the switch path, where it would allocate. */
SEC("?tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	bpf_task_storage_get(&waited_ns, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}

/* Read once after loading and before attaching: the baseline of the tasks that are there. */
SEC("?iter/task")
int on_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u64 *waited;

	if (!task)
		return 0;
	waited = bpf_task_storage_get(&waited_ns, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (waited)
		*waited = task->sched_info.run_delay;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
