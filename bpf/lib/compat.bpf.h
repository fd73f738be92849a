/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Every difference between kernels, one function each. Programs of type tp_btf and iter read
 * kernel memory through plain pointers, which costs nothing; BPF_CORE_READ would be a call each.
 */
#pragma once

/* 2f064a59a11f ("sched: Change task_struct::state"), 5.14; backported to EL 8.6. */
static __always_inline __u32 compat_task_state(struct task_struct *task)
{
	struct task_struct___state *new = (void *)task;

	if (bpf_core_field_exists(new->__state))
		return new->__state;
	return ((struct task_struct___old_state *)task)->state;
}

/* cf25e24db61c ("time: Rename tsk->real_start_time to ->start_boottime"), 5.5. */
static __always_inline __u64 compat_start_boottime(struct task_struct *task)
{
	struct task_struct___boottime *new = (void *)task;

	if (bpf_core_field_exists(new->start_boottime))
		return new->start_boottime;
	return ((struct task_struct___real_start *)task)->real_start_time;
}

/*
 * Pages in memory and in swap. f1a7941243c1 ("mm: convert mm's rss stats into percpu_counter"),
 * 6.2; backported to EL 9.4. The percpu form is read as /proc/PID/stat does: without the parts
 * that CPUs have not yet folded in, and never below zero. The indices (MM_FILEPAGES, MM_ANONPAGES,
 * MM_SWAPENTS, MM_SHMEMPAGES) must be literals for CO-RE to find the elements.
 *
 * The array is copied: no kernel that has it lets a pointer go through its elements, which are a
 * typedef (the verifier of 5.10 and 6.1: "Type 'atomic_long_t' is not a struct").
 */
static __always_inline __s64 positive(__s64 v)
{
	return v > 0 ? v : 0;
}

static __always_inline void compat_count_pages(struct mm_struct *mm, __u64 *resident,
					       __u64 *swapped)
{
	struct mm_struct___percpu *new = (void *)mm;
	struct mm_struct___array *old = (void *)mm;
	__s64 counts[4] = {};

	if (bpf_core_field_exists(new->rss_stat)) {
		*resident = positive(new->rss_stat[0].count) + positive(new->rss_stat[1].count) +
			    positive(new->rss_stat[3].count);
		*swapped = positive(new->rss_stat[2].count);
		return;
	}
	bpf_core_read(counts, sizeof(counts), &old->rss_stat.count);
	*resident = positive(counts[0]) + positive(counts[1]) + positive(counts[3]);
	*swapped = positive(counts[2]);
}

/*
 * The control group that a bio is accounted to, by the inode of its directory; 0: the root's, or
 * with CONFIG_BLK_CGROUP off. 67c0496e87d1 ("kernfs: convert kernfs_node->id from union
 * kernfs_node_id to u64"), 5.5.
 */
static __always_inline __u64 compat_bio_cgroup(struct bio *bio)
{
	struct bio___blkg *with = (void *)bio;
	struct cgroup *cgroup;

	if (!bpf_core_field_exists(with->bi_blkg) || !with->bi_blkg)
		return 0;
	cgroup = with->bi_blkg->blkcg->css.cgroup;
	return cgroup->level ? cgroup->kn->id : 0;
}

/*
 * Time of a task in uninterruptible sleep, told by up to two accounts, each optional and off as a
 * rule: delay accounting of I/O alone, which a task has from its fork or never, and scheduler
 * statistics.
 *
 * a3d5dc908a5f ("delayacct: support swapin delay accounting for swapping without blkio"), 5.16:
 * before, waits for swapped pages were counted apart. ceeadb83aea2 ("sched: Make struct
 * sched_statistics independent of fair sched class"), 5.16: moved from the entity to the task;
 * 847fc0cd0664 ("sched: Introduce task block time in schedstats") beside it: before, only its part
 * for I/O was told apart from sleep.
 */
static __always_inline __u64 compat_blocked_io(struct task_struct *task)
{
	struct task_struct___delays *accounted = (void *)task;
	struct task_struct___stats *stats = (void *)task;
	struct task_struct___entity_stats *old_stats = (void *)task;

	if (bpf_core_field_exists(accounted->delays)) {
		struct task_delay_info___accounted *delays = accounted->delays;

		if (delays && bpf_core_field_exists(delays->swapin_start))
			return delays->blkio_delay;
		if (delays)
			return delays->blkio_delay + delays->swapin_delay;
	}
	if (bpf_core_field_exists(stats->stats.iowait_sum))
		return stats->stats.iowait_sum;
	if (bpf_core_field_exists(old_stats->se.statistics.iowait_sum))
		return old_stats->se.statistics.iowait_sum;
	return 0;
}

static __always_inline __u64 compat_blocked_other(struct task_struct *task)
{
	struct task_struct___stats *stats = (void *)task;

	if (bpf_core_field_exists(stats->stats.sum_block_runtime))
		return positive(stats->stats.sum_block_runtime - stats->stats.iowait_sum);
	return 0;
}

/* The control group whose CPU time a task uses; null without CONFIG_CFS_BANDWIDTH. */
static __always_inline struct task_group *compat_task_group(struct task_struct *task)
{
	struct task_struct___grouped *grouped = (void *)task;

	if (!bpf_core_field_exists(struct task_group___quota, cfs_bandwidth))
		return 0;
	return grouped->sched_task_group;
}

/* f3fa33acca9f ("block: remove the ->rq_disk field in struct request"), 5.17; EL 9.1. */
static __always_inline struct gendisk *compat_disk(struct request *rq)
{
	struct request_queue___disk *q = (void *)rq->q;

	if (bpf_core_field_exists(q->disk))
		return q->disk;
	return ((struct request___rq_disk *)rq)->rq_disk;
}
