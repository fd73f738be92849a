// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A snapshot of all threads in one read: what a dozen files of /proc/PID say, at a hundredth of
 * their cost.
 */
#include "vmlinux/vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "lib/compat.bpf.h"
#include "task_iter_abi.h"

enum {
	RLIMIT_NOFILE = 7,
	EXIT_DEAD = 0x10,
};

#define RUNTIME_INF (~0ull) /* no quota, kernel/sched/sched.h */

/* A record under construction: with the bitmap it is larger than the stack. */
struct scratch {
	struct task_thread thread;
	struct task_process process;
	__u64 fd_words[TASK_FD_WORDS + 3];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

static const struct task_process empty;

/* In each nibble the number of its bits. */
static __always_inline __u64 nibble_counts(__u64 v)
{
	v -= (v >> 1) & 0x5555555555555555ull;
	return (v & 0x3333333333333333ull) + ((v >> 2) & 0x3333333333333333ull);
}

/* In each byte that of two words. */
static __always_inline __u64 byte_counts(__u64 a, __u64 b)
{
	__u64 v = nibble_counts(a) + nibble_counts(b);

	return (v & 0x0f0f0f0f0f0f0f0full) + ((v >> 4) & 0x0f0f0f0f0f0f0f0full);
}

/* Of four words, which share the last steps: the verifier goes through every round of the loop. */
static __always_inline __u32 popcount(const __u64 *words)
{
	__u64 v = byte_counts(words[0], words[1]) + byte_counts(words[2], words[3]);

	v = (v & 0x00ff00ff00ff00ffull) + ((v >> 8) & 0x00ff00ff00ff00ffull);
	return (v * 0x0001000100010001ull) >> 48;
}

/* The population count over the bitmap of open descriptors. */
static __always_inline __u32 count_open_fds(struct task_struct *task, __u64 *words)
{
	struct fdtable *fdt = task->files->fdt;
	__u64 bytes = fdt->max_fds / 8;
	__u32 count = 0, i;

	if (bytes > TASK_FD_WORDS * 8)
		return TASK_FDS_UNKNOWN;
	/* The verifier of older kernels wants to see the bound on the register it checks. */
	asm volatile("" : "+r"(bytes));
	if (bytes > TASK_FD_WORDS * 8)
		return TASK_FDS_UNKNOWN;
	if (bpf_probe_read_kernel(words, bytes, fdt->open_fds))
		return 0;
	/* What the last four have too many of. */
	words[bytes / 8] = 0;
	words[bytes / 8 + 1] = 0;
	words[bytes / 8 + 2] = 0;
	for (i = 0; i < TASK_FD_WORDS; i += 4) {
		if (i * 8 >= bytes)
			break;
		count += popcount(words + i);
	}
	return count;
}

static __always_inline void read_thread(struct task_thread *out, struct task_struct *task)
{
	out->pid = task->pid;
	out->tgid = task->tgid;
	out->start_ns = compat_start_boottime(task);
	out->state = compat_task_state(task) | task->exit_state;
	out->flags = task->flags;
	__builtin_memcpy(out->comm, task->comm, sizeof(out->comm));
	out->counters.runtime_ns = task->se.sum_exec_runtime;
	out->counters.utime_ns = task->utime;
	out->counters.stime_ns = task->stime;
	out->counters.voluntary_switches = task->nvcsw;
	out->counters.involuntary_switches = task->nivcsw;
	out->counters.minor_faults = task->min_flt;
	out->counters.major_faults = task->maj_flt;
	out->counters.read_bytes = task->ioac.read_bytes;
	out->counters.write_bytes = task->ioac.write_bytes;
	out->counters.run_delay_ns = task->sched_info.run_delay;
	out->counters.blocked_io_ns = compat_blocked_io(task);
	out->counters.blocked_other_ns = compat_blocked_other(task);
}

static __always_inline void read_process(struct task_process *out, struct task_struct *task,
					 __u64 *fd_words)
{
	struct signal_struct *signal = task->signal;
	struct mm_struct *mm = task->mm;

	out->ended.runtime_ns = signal->sum_sched_runtime;
	out->ended.utime_ns = signal->utime;
	out->ended.stime_ns = signal->stime;
	out->ended.voluntary_switches = signal->nvcsw;
	out->ended.involuntary_switches = signal->nivcsw;
	out->ended.minor_faults = signal->min_flt;
	out->ended.major_faults = signal->maj_flt;
	out->ended.read_bytes = signal->ioac.read_bytes;
	out->ended.write_bytes = signal->ioac.write_bytes;
	out->ppid = task->real_parent->tgid;
	out->euid = task->cred->euid.val;
	out->threads = signal->nr_threads;
	out->fd_limit = signal->rlim[RLIMIT_NOFILE].rlim_cur;
	out->open_fds = task->files ? count_open_fds(task, fd_words) : 0;
	if (mm) {
		out->virtual_pages = mm->total_vm;
		compat_count_pages(mm, &out->resident_pages, &out->swapped_pages);
	}
}

/* A quota at any level holds who is below it. The count is read back for the verifier to forget. */
static __always_inline void read_quotas(struct task_process *out, struct task_struct *task)
{
	struct task_group *group = compat_task_group(task);
	__u32 level;

	if (!group)
		return;
	out->control_group = group->css.serial_nr;
	for (level = 0; level < TASK_QUOTA_DEPTH; level++) {
		struct task_group___quota *limited = (void *)group;
		__u64 count = *(volatile __u64 *)&out->quota_count;

		if (!group || count >= TASK_QUOTAS)
			break;
		if (limited->cfs_bandwidth.quota != RUNTIME_INF) {
			out->quotas[count].control_group = group->css.serial_nr;
			out->quotas[count].throttled_ns = limited->cfs_bandwidth.throttled_time;
			out->quota_count = count + 1;
		}
		group = group->parent;
	}
}

SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct scratch *record;
	__u32 zero = 0;

	if (!task || task->exit_state == EXIT_DEAD) /* released: its death event speaks for it */
		return 0;
	record = bpf_map_lookup_elem(&scratch, &zero);
	if (!record)
		return 0;
	read_thread(&record->thread, task);
	if (record->thread.pid != record->thread.tgid) {
		bpf_seq_write(ctx->meta->seq, &record->thread, sizeof(record->thread));
		return 0;
	}
	record->process = empty;
	read_process(&record->process, task, record->fd_words);
	read_quotas(&record->process, task);
	bpf_seq_write(ctx->meta->seq, &record->thread,
		      sizeof(record->thread) + sizeof(record->process));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
