// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * Run-queue latency of the node and of each name group, from sched_switch alone.
 *
 * When a task is switched in, sched_info.last_queued still says when it was queued (the scheduler
 * clears it after this tracepoint) and its run queue's clock has just been updated. Their
 * difference is the wait in the kernel's own units, without a wakeup hook, a map of time stamps or
 * a clock read. The sums equal field 2 of /proc/PID/schedstat.
 *
 * A waiting task that is moved to another CPU is queued afresh: what it waited before is only in
 * sched_info.run_delay. So the run_delay of each task's last arrival is remembered, and the whole
 * wait is counted as one. The first sight of a task sets that baseline.
 *
 * With `by_group` it counts a wait for the group of the task as well. User space gives processes
 * their groups; until then a task has its parent's, or after exec that of all others of its name.
 *
 * With `by_slice` it counts how long each task ran for its group, when it is switched out: by then
 * the scheduler has added to sum_exec_runtime, whose growth since the last time is the slice.
 *
 * With `report_deaths` it also tells the name groups of tasks that are switched out for good.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/compat.bpf.h"
#include "lib/hist.bpf.h"
#include "lib/sched_tasks.bpf.h"
#include "lib/task_events.bpf.h"
#include "sched_abi.h"

const volatile bool by_group = false;
const volatile bool by_slice = false; /* needs by_group */
const volatile bool report_deaths = false;
const volatile __u32 copy_mask = 0; /* number of copies of the groups' counts, less one */
const volatile bool copies_are_shared = false; /* there are fewer than CPUs */

__u64 tasks_lost; /* there was no room for them */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to the number of possible CPUs: 320 B each */
	__type(key, __u32);
	__type(value, struct sched_cpu);
} runq_latency SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set to copies * SCHED_GROUPS: 128 B each */
	__type(key, __u32);
	__type(value, struct hist_times);
} runq_groups SEC(".maps");

/* As runq_groups. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hist_times);
} slice_groups SEC(".maps");

/* Group numbers by process for on_assign: filled before it, emptied after it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SCHED_MAX_ASSIGNED);
	__type(key, __u32);
	__type(value, __u32);
} assigned_groups SEC(".maps");

/* Group numbers by name, for who calls exec and may end before user space has seen it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SCHED_MAX_COMMS);
	__type(key, struct sched_comm);
	__type(value, __u32);
} comm_groups SEC(".maps");

/* Two that try at once both leave it. */
static __always_inline bool take(struct sched_place *place)
{
	if (place->owner)
		return false;
	__sync_fetch_and_add(&place->owner, 1);
	if (*(volatile __u64 *)&place->owner == 1)
		return true;
	__sync_fetch_and_add(&place->owner, -1);
	return false;
}

/* Whether there was room. */
static __always_inline bool make_task(struct task_struct *task, const struct sched_task *first)
{
	struct sched_places *set = places_of(task);
	struct sched_task *stored = 0;
	struct sched_place *place;

	if (!set)
		return false;
	/* Of one forked during the first pass, or of another whose end was not told. */
	place = find_in(set, task);
	if (place) {
		place->task = *first;
		return true;
	}
	if (take(&set->ways[0]))
		place = &set->ways[0];
	else if (take(&set->ways[1]))
		place = &set->ways[1];
	if (place) {
		place->task = *first;
		__sync_fetch_and_add(&place->owner, tag_of(task, set) - 1);
		return true;
	}
	if (with_storage)
		stored =
		    bpf_task_storage_get(&sched_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (stored)
		*stored = *first;
	return stored;
}

static __always_inline void make_or_count(struct task_struct *task, const struct sched_task *first)
{
	if (!make_task(task, first))
		__sync_fetch_and_add(&tasks_lost, 1);
}

/* Its storage goes with the task. */
static __always_inline void forget_task(struct task_struct *task)
{
	struct sched_place *place = find_place(task);

	if (place)
		__sync_fetch_and_add(&place->owner, -place->owner);
}

static __always_inline void count_for_group(void *groups, __u32 group, __u32 cpu, __u32 slot,
					    __u64 ns)
{
	__u32 index = (cpu & copy_mask) * SCHED_GROUPS + (group & (SCHED_GROUPS - 1));
	struct hist_times *counts = bpf_map_lookup_elem(groups, &index);

	if (!counts)
		return;
	if (copies_are_shared) {
		hist_add_shared(counts, slot, ns);
	} else {
		counts->slots[slot]++;
		counts->sum_ns += ns;
	}
}

static __always_inline void count_slice(struct task_struct *prev, __u32 cpu)
{
	struct sched_task *task = find_task(prev);
	__u64 total = prev->se.sum_exec_runtime, slice;

	if (!task)
		return;
	slice = total - task->ran_ns;
	task->ran_ns = total;
	if (task->group && (__s64)slice >= 0)
		count_for_group(&slice_groups, task->group, cpu, hist_time_slot(slice), slice);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 last_queued = next->sched_info.last_queued, clock, wait;
	struct sched_task *task;
	struct sched_cpu *cpu;
	__u32 id, slot, group = 0;

	id = bpf_get_smp_processor_id();
	cpu = bpf_map_lookup_elem(&runq_latency, &id);
	if (!cpu)
		return 0;
	if (prev->pid != 0) {
		if (preempt || compat_task_state(prev) == TASK_RUNNING)
			cpu->involuntary++;
		else
			cpu->voluntary++;
		if (by_slice)
			count_slice(prev, id);
		if (task_is_dead(prev)) {
			if (report_deaths)
				task_report_death(prev);
			forget_task(prev);
		}
	}
	if (next->pid == 0 || last_queued == 0)
		return 0;
	clock = next->se.cfs_rq->rq->clock;
	wait = clock - last_queued;
	if ((__s64)wait < 0) {
		cpu->discarded++;
		return 0;
	}
	task = find_task(next);
	if (task) {
		__u64 total = next->sched_info.run_delay + wait, since = total - task->waited_ns;

		/* Else another task's at the same address, of whose end nothing was told. */
		if ((__s64)since >= 0)
			wait = since;
		task->waited_ns = total;
		if (task->cpu != id + 1) {
			if (task->cpu)
				cpu->migrations++;
			task->cpu = id + 1;
		}
		group = task->group;
	}
	slot = hist_time_slot(wait);
	cpu->slots[slot]++;
	cpu->sum_ns += wait;
	if (by_group && group)
		count_for_group(&runq_groups, group, id, slot, wait);
	return 0;
}

/* What is kept of a task is made here and below, never on the switch path: it may allocate. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct sched_task first = {};

	if (by_group)
		first.group = group_of(parent);
	make_or_count(child, &first);
	return 0;
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(on_sched_process_exec, struct task_struct *p)
{
	struct sched_comm comm = {};
	struct sched_task *task;
	__u32 *group, i;

	/* Older kernels leave the rest of a longer name behind the new one. */
	for (i = 0; i < SCHED_COMM_BYTES; i++) {
		if (!p->comm[i])
			break;
		comm.text[i] = p->comm[i];
	}
	group = bpf_map_lookup_elem(&comm_groups, &comm);
	if (!group)
		return 0;
	task = find_task(p);
	if (task)
		task->group = *group;
	return 0;
}

static __always_inline struct sched_task baseline_of(struct task_struct *task)
{
	struct sched_task now = {
	    .waited_ns = task->sched_info.run_delay,
	    .ran_ns = task->se.sum_exec_runtime,
	};

	return now;
}

/* Read once after loading and before attaching: the baseline of the tasks that are there. */
SEC("iter/task")
int on_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct sched_task now;

	if (!task)
		return 0;
	now = baseline_of(task);
	make_or_count(task, &now);
	return 0;
}

/* Read when user space has named processes: their threads belong to these groups from now on. */
SEC("?iter/task")
int on_assign(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct sched_task *seen, now;
	__u32 tgid, *group;

	if (!task)
		return 0;
	tgid = task->tgid;
	group = bpf_map_lookup_elem(&assigned_groups, &tgid);
	if (!group)
		return 0;
	seen = find_task(task);
	if (seen) {
		seen->group = *group;
	} else if (!task->exit_state) {
		now = baseline_of(task);
		now.group = *group;
		make_task(task, &now);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
