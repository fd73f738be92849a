/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The ring of births and deaths, and the end of a task as sched_switch sees it.
 *
 * task.bpf.c owns the maps. A second program on sched_switch would cost every switch another
 * 100 ns, so sched.bpf.c, where it is loaded, shares them and reports the deaths as well; else
 * task.bpf.c attaches a program of its own. sched_process_exit would be cheaper still, but there
 * the run time is up to a tick behind, and sched_process_free is not called for every task on
 * every kernel (seen on 6.18: bursts of tasks never freed under load).
 */
#pragma once

#include "lib/compat.bpf.h"
#include "lib/map.bpf.h"
#include "task_abi.h"

enum {
	TASK_RUNNING = 0,
	TASK_DEAD = 0x80,
};

const volatile __u32 wakeup_bytes = 0; /* a quarter of the ring */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TASK_RING_CPU_BYTES); /* set to what the CPUs need */
} task_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TASK_OVERFLOW_COMMS); /* 104 B each */
	__type(key, struct task_overflow_key);
	__type(value, struct task_overflow);
} task_overflow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct task_lost);
} task_lost SEC(".maps");

static const struct task_overflow no_overflow;

#define count_lost(field)                                                                          \
	({                                                                                         \
		__u32 zero = 0;                                                                    \
		struct task_lost *lost = bpf_map_lookup_elem(&task_lost, &zero);                   \
		if (lost)                                                                          \
			__sync_fetch_and_add(&lost->field, 1);                                     \
	})

/* User space is woken when there is much, or drains it at the next scrape before. */
static __always_inline __u64 task_wakeup_flags(void)
{
	if (bpf_ringbuf_query(&task_events, BPF_RB_AVAIL_DATA) > wakeup_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/* The last thread of a process has others that ended before it only in the signal's sums. */
static __always_inline void task_read_totals(struct task_counters *out, struct task_struct *last,
					     struct task_struct *main)
{
	struct signal_struct *signal = last->signal;

	out->runtime_ns = main->se.sum_exec_runtime;
	out->run_delay_ns = main->sched_info.run_delay;
	out->blocked_io_ns = compat_blocked_io(main);
	out->blocked_other_ns = compat_blocked_other(main);
	if (last != main) {
		out->runtime_ns += last->se.sum_exec_runtime;
		out->run_delay_ns += last->sched_info.run_delay;
		out->blocked_io_ns += compat_blocked_io(last);
		out->blocked_other_ns += compat_blocked_other(last);
	}
	out->utime_ns = signal->utime;
	out->stime_ns = signal->stime;
	out->voluntary_switches = signal->nvcsw;
	out->involuntary_switches = signal->nivcsw;
	out->minor_faults = signal->min_flt;
	out->major_faults = signal->maj_flt;
	out->read_bytes = signal->ioac.read_bytes;
	out->write_bytes = signal->ioac.write_bytes;
	if (signal->nr_threads > 0) { /* it is not released yet: not in the sums */
		out->utime_ns += main->utime;
		out->stime_ns += main->stime;
		out->voluntary_switches += main->nvcsw;
		out->involuntary_switches += main->nivcsw;
		out->minor_faults += main->min_flt;
		out->major_faults += main->maj_flt;
		out->read_bytes += main->ioac.read_bytes;
		out->write_bytes += main->ioac.write_bytes;
	}
}

static __always_inline void task_keep_overflow(struct task_struct *last, struct task_struct *main)
{
	struct task_overflow_key key;
	struct task_counters totals;
	struct task_overflow *sum;

	count_lost(process_ends);
	__builtin_memcpy(key.comm, main->comm, sizeof(key.comm));
	sum = lookup_or_insert(&task_overflow, &key, &no_overflow);
	if (!sum) {
		count_lost(overflow_full);
		return;
	}
	task_read_totals(&totals, last, main);
	__sync_fetch_and_add(&sum->processes, 1);
	__sync_fetch_and_add(&sum->runtime_ns, totals.runtime_ns);
}

static __always_inline void task_report_process_end(struct task_struct *last,
						    struct task_struct *main)
{
	struct task_process_end *end = bpf_ringbuf_reserve(&task_events, sizeof(*end), 0);
	struct signal_struct *signal = last->signal;

	if (!end) {
		task_keep_overflow(last, main);
		return;
	}
	end->event.type = TASK_EVENT_PROCESS_END;
	end->event.tgid = main->tgid;
	end->event.start_ns = compat_start_boottime(main);
	end->euid = main->cred->euid.val;
	end->egid = main->cred->egid.val;
	end->pad = 0;
	end->flags = main->flags;
	end->exit_code = signal->group_exit_code ? signal->group_exit_code : main->exit_code;
	end->oom = signal->oom_mm != 0;
	__builtin_memcpy(end->comm, main->comm, sizeof(end->comm));
	task_read_totals(&end->totals, last, main);
	bpf_ringbuf_submit(end, task_wakeup_flags());
}

static __always_inline void task_report_thread_end(struct task_struct *thread)
{
	struct task_thread_end *end = bpf_ringbuf_reserve(&task_events, sizeof(*end), 0);

	if (!end) {
		count_lost(thread_ends);
		return;
	}
	end->event.type = TASK_EVENT_THREAD_END;
	end->event.tgid = thread->tgid;
	end->event.start_ns = compat_start_boottime(thread);
	end->pid = thread->pid;
	end->pad = 0;
	end->times.runtime_ns = thread->se.sum_exec_runtime;
	end->times.run_delay_ns = thread->sched_info.run_delay;
	end->times.blocked_io_ns = compat_blocked_io(thread);
	end->times.blocked_other_ns = compat_blocked_other(thread);
	bpf_ringbuf_submit(end, task_wakeup_flags());
}

/*
 * At its last switch a thread other than the main one has released itself, so a process has ended
 * when only the main thread is left and that is dead. A main thread that ends before others stays
 * in the snapshots until they have ended; its end matters where one of them calls exec, which takes
 * its place.
 */
static __always_inline bool task_is_last(struct task_struct *dead, struct task_struct *main)
{
	if (dead->signal->nr_threads > 1)
		return false;
	/* The one that is left is the main thread, not one that has taken its place by exec. */
	return dead->pid == dead->tgid || (main->exit_state && dead->signal->live.counter == 0);
}

static __always_inline void task_report_death(struct task_struct *dead)
{
	struct task_struct *main = dead->group_leader;

	if (task_is_last(dead, main))
		task_report_process_end(dead, dead->pid == dead->tgid ? dead : main);
	else
		task_report_thread_end(dead);
}

static __always_inline bool task_is_dead(struct task_struct *task)
{
	return compat_task_state(task) & TASK_DEAD;
}
