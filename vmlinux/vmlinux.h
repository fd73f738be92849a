/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The kernel types that our programs use, and of those only the fields they read. CO-RE relocates
 * every access against the running kernel, so sizes and offsets here mean nothing and one file
 * serves every architecture and kernel. Fields that some kernels lack stand in "flavours"
 * (name___why) and are guarded by bpf_core_field_exists() in bpf/lib/compat.bpf.h.
 *
 * scripts/check-vmlinux proves this file against the running kernel's BTF.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u64 u64;
typedef _Bool bool;

enum { false = 0, true = 1 };

/* include/uapi/linux/bpf.h: part of the system call interface, the same everywhere. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_NO_PREALLOC = 1U << 0,
	BPF_F_MMAPABLE = 1U << 10,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1ULL << 0,
	BPF_SK_STORAGE_GET_F_CREATE = 1ULL << 0,
	BPF_RB_NO_WAKEUP = 1ULL << 0,
	BPF_RB_FORCE_WAKEUP = 1ULL << 1,
	BPF_RB_AVAIL_DATA = 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/sched.h, kernel/sched/sched.h */

struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_queued;
};

struct rq {
	u64 clock;
};

struct cfs_rq {
	struct rq *rq; /* with CONFIG_FAIR_GROUP_SCHED */
};

struct sched_entity {
	u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq; /* with CONFIG_FAIR_GROUP_SCHED: the CPU's queue of any task's group */
};

struct task_io_accounting {
	u64 read_bytes;
	u64 write_bytes;
};

struct rlimit {
	unsigned long rlim_cur;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int nr_threads;
	int group_exit_code;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	struct task_io_accounting ioac;
	unsigned long long sum_sched_runtime;
	struct rlimit rlim[16];
	struct mm_struct *oom_mm;
};

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

struct cred {
	kuid_t euid;
	kgid_t egid;
};

struct fdtable {
	unsigned int max_fds;
	unsigned long *open_fds;
};

struct files_struct {
	struct fdtable *fdt;
};

/* include/linux/mm_types.h */

typedef struct {
	long long counter;
} atomic64_t;

struct mm_struct {
	unsigned long total_vm;
	unsigned long arg_start;
	unsigned long arg_end;
};

/* Until 6.1 (EL 8, EL 9.0 to 9.3): an array of atomics. */
struct mm_rss_stat___array {
	atomic64_t count[4];
};

struct mm_struct___array {
	struct mm_rss_stat___array rss_stat;
};

/* Since 6.2 (EL 9.4+, EL 10): percpu counters. */
struct percpu_counter {
	__s64 count;
};

struct mm_struct___percpu {
	struct percpu_counter rss_stat[4];
};

struct task_struct {
	unsigned int flags;
	struct sched_entity se;
	struct sched_info sched_info;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	u64 utime;
	u64 stime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *cred;
	char comm[16];
	struct files_struct *files;
	struct signal_struct *signal;
	struct task_io_accounting ioac;
};

/* Since 5.14 (EL 8.6+): __state, before: state. */
struct task_struct___state {
	unsigned int __state;
};

struct task_struct___old_state {
	long state;
};

/* Since 5.5: start_boottime; before (EL 8): real_start_time, the same clock. */
struct task_struct___boottime {
	u64 start_boottime;
};

struct task_struct___real_start {
	u64 real_start_time;
};

/* With CONFIG_TASK_DELAY_ACCT; null for a task that was made while it was off. */
struct task_delay_info___accounted {
	u64 blkio_delay;
	u64 swapin_delay;
	u64 swapin_start; /* since 5.16 */
};

struct task_struct___delays {
	struct task_delay_info___accounted *delays;
};

/* With CONFIG_SCHEDSTATS; since 5.16 in the task, before in its entity. */
struct sched_statistics___blocked {
	u64 iowait_sum;
	__s64 sum_block_runtime;
};

struct task_struct___stats {
	struct sched_statistics___blocked stats;
};

struct sched_entity___stats {
	struct sched_statistics___blocked statistics;
};

struct task_struct___entity_stats {
	struct sched_entity___stats se;
};

/* include/linux/cgroup-defs.h, include/linux/kernfs.h */

struct kernfs_node {
	u64 id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	u64 serial_nr;
};

/* kernel/sched/sched.h */

/* With CONFIG_CGROUP_SCHED. */
struct task_group {
	struct cgroup_subsys_state css;
	struct task_group *parent;
};

struct task_struct___grouped {
	struct task_group *sched_task_group;
};

/* With CONFIG_CFS_BANDWIDTH. */
struct cfs_bandwidth {
	u64 quota;
	u64 throttled_time;
};

struct task_group___quota {
	struct cfs_bandwidth cfs_bandwidth;
};

/* include/linux/blk-mq.h, include/linux/blkdev.h */

struct gendisk {
	int major;
	int first_minor;
};

struct request_queue {};

struct bio;

struct request {
	struct request_queue *q;
	struct bio *bio;
	unsigned int cmd_flags;
	unsigned int rq_flags;
	unsigned int __data_len;
	u64 start_time_ns;
	u64 io_start_time_ns;
};

/* Since 5.17 (EL 9.1+): the disk hangs on the queue; before: on the request. */
struct request_queue___disk {
	struct gendisk *disk;
};

struct request___rq_disk {
	struct gendisk *rq_disk;
};

/* block/blk-cgroup.h */

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	struct blkcg *blkcg;
};

/* With CONFIG_BLK_CGROUP. */
struct bio___blkg {
	struct blkcg_gq *bi_blkg;
};

/* include/linux/interrupt.h */

struct irqaction {
	const char *name;
};

/* include/net/sock.h, include/linux/skbuff.h, include/net/tcp.h */

struct sock {
	unsigned short sk_protocol;
};

struct sk_buff {
	char cb[48];
};

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
};

/* include/linux/bpf.h: the context of iter/task */

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif /* __VMLINUX_H__ */
