// SPDX-License-Identifier: Apache-2.0
// Follows processes from birth to death and adds what they use to their groups.
//
// A process is named when a snapshot first sees it, from what /proc says of it then, unless it was
// forked just before and may be about to call exec; if asked for, again when it has called exec or
// changed its name: what it uses from then on is its new group's. One that ends before it was seen
// is named from what its exec event captured; one that never called exec is named like its parent.
// See README.md for how the parts add up.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <unordered_map>
#include <vector>

#include "process/blocked_guard.h"
#include "process/config.h"
#include "process/facts.h"
#include "process/group.h"
#include "process/quotas.h"
#include "process/sampler.h"
#include "process/source.h"

namespace hx {

// The group of what --process.max-groups leaves no other for.
inline constexpr std::string_view kOverLimit = "other (limit)";

class Tracker final : public SnapshotListener, public LifeListener {
 public:
  struct Options {
    bool children = true;
    bool recheck = false;
    std::uint64_t recheck_age_ns = 0;  // look again only at processes younger than this; 0: at all
    bool rematch_on_exec = false;
    bool remove_empty_groups = false;
    std::size_t max_groups = 2000;
    bool deaths_are_told = false;  // a life source reports them; else absence is death
    std::uint64_t first_reading_ns = 0;
    std::int64_t boot_time_ns = 0;  // since the epoch: a process's start time is this plus start_ns
  };

  // `config` and `facts` outlive the tracker.
  Tracker(const Config& config, ProcFacts& facts, const Options& options);

  // Replaces what names processes: the next snapshot names them all anew, and what they use from
  // then on is their new group's. Groups and their counters stay.
  void use(const Config& config);

  // Before births and deaths are told that were there by this time since boot.
  void begin_lives(std::uint64_t now_ns) { now_ns_ = now_ns; }
  // Around each snapshot; `now_ns` is the time since boot. Where lives are told, they have been
  // told up to then at least.
  void begin_snapshot(std::uint64_t now_ns);
  void end_snapshot();

  // What was read of a process, shown until there is a newer one.
  void on_sample(const ProcessSample& sample);
  // In the order of their numbers in Gauges::waits.
  const std::vector<std::string>& wait_names() const noexcept { return wait_names_; }
  // Those in groups that have not been told before: who can be sampled.
  std::vector<ProcessId> take_newcomers() { return std::exchange(newcomers_, {}); }

  void on_process(const task_thread& read_main, const task_process& process) override;
  void on_thread(const task_thread& read_thread) override;
  void on_unreadable(const task_thread& main) override;
  bool is_ignored(const task_thread& main) const override;
  void on_fork(const task_fork& fork) override;
  void on_exec(const task_exec& exec, std::string_view args) override;
  void on_thread_end(const task_thread_end& end) override;
  void on_process_end(const task_process_end& end) override;

  // The living processes whose group has changed since the last snapshot; valid until the next one.
  std::span<const Regrouped> regrouped() const noexcept { return regrouped_; }

  // The decisions since the last call, each comm and group at most a few times.
  std::vector<Named> take_named() { return std::exchange(named_, {}); }

  const Groups& groups() const noexcept { return groups_; }
  Groups& groups() noexcept { return groups_; }
  // What is in no group, so that all parts add up to what the CPUs ran.
  const Group& unmatched() const noexcept { return unmatched_; }
  const Group& kernel_threads() const noexcept { return kernel_; }
  // How often a process went to kOverLimit because its group would have been one too many.
  std::uint64_t over_limit() const noexcept { return over_limit_; }
  // Counted in groups before the process's death event was lost; the overflow has it again.
  std::uint64_t credited_of_lost_ns() const noexcept { return credited_of_lost_ns_; }
  // Some task's time in uninterruptible sleep has been seen: waiting for I/O, or for something
  // else.
  bool has_blocked_for_io() const noexcept { return has_blocked_for_io_; }
  bool has_blocked_otherwise() const noexcept { return has_blocked_otherwise_; }
  const Quotas& quotas() const noexcept { return quotas_; }
  // Processes whose end was told since the last snapshot.
  std::size_t ended() const noexcept { return ended_; }

 private:
  struct Thread {
    std::uint32_t tid = 0;
    std::uint32_t snapshot = 0;  // the last one that saw it
    std::uint64_t start_ns = 0;
    Comm comm{};
    Credited credited;
  };

  // Kept for processes that have or had several threads.
  struct Threads {
    std::vector<Thread> list;  // by tid
    std::size_t cursor = 0;    // snapshots come in the order of tids
    // Of this snapshot:
    std::uint32_t snapshot = 0;
    task_counters living{};
    std::array<std::uint64_t, kStates> states{};
  };

  struct Sampled {
    std::optional<ProportionalMemory> memory;
    std::chrono::steady_clock::time_point at;
    std::vector<std::pair<std::size_t, std::uint32_t>> waits;  // number of the name, threads
  };

  // What events told of a process since it was born, or last named.
  struct Birth {
    std::string comm, cmdline;
    std::uint32_t euid = 0, egid = 0;
    bool has_exec = false;
    Group* inherited = nullptr;  // where its parent stood when it was forked, or itself until now
    Group* decided = nullptr;    // what it would be named now; forgotten at exec
  };

  struct Process {
    std::uint64_t start_ns = 0;
    std::uint32_t tgid = 0;
    std::uint32_t ppid = 0;
    std::uint32_t flags = 0;
    std::uint32_t snapshot = 0;         // the last one that saw it; 0: none
    std::uint64_t missing_ns = 0;       // since when no snapshot sees it, its end not told
    bool has_ended = false;             // told and counted; a zombie until it is gone
    bool is_started = false;            // counted as begun
    bool is_stale = false;              // named by a configuration that was replaced
    Group* group = nullptr;             // null: not named yet
    bool settled = false;               // its first totals were taken
    Comm comm{};                        // of the last snapshot
    std::uint64_t ended_before_ns = 0;  // run time of threads that ended before we looked
    task_end_times ended{};             // of threads whose end was told
    task_end_times main_ended{};        // of a main thread that ended before others
    Credited credited;
    std::unique_ptr<Birth> birth;
    std::unique_ptr<Threads> threads;
    bool is_newcomer = true;  // not told by take_newcomers()
    std::unique_ptr<Sampled> sampled;
  };

  // A process of this snapshot that waits for its threads or for its parent's name.
  struct Deferred {
    Process* process;
    task_thread main;
    task_process record;
  };

  static constexpr int kMaxAncestors = 1000;  // the depth of one chain of new processes

  bool is_young(std::uint64_t start_ns) const noexcept {
    return start_ns > options_.first_reading_ns;
  }
  bool is_matched(const Group* group) const noexcept {
    return group != nullptr && group != &unmatched_ && group != &kernel_;
  }
  Group& nameless(std::uint32_t flags) noexcept;
  Group& group_named(std::string name);
  Process* find(std::uint32_t tgid);
  Process* find(std::uint32_t tgid, std::uint64_t start_ns);
  bool is_renamed(const Process& p, const task_thread& main) const noexcept;
  bool may_exec_soon(const Process& p) const noexcept;
  void lose(const Process& p) noexcept;
  Process& obtain(std::uint32_t tgid, std::uint64_t start_ns);

  std::int64_t start_time_ns(const Process& p) const noexcept;

  // Naming: null where nothing matches.
  Group* match_living(const Process& p, const task_thread& main, const task_process& record);
  Group* match_birth(const Process& p, const Birth& birth);
  Group& decide_unseen(Process& p);
  Group* inherit(std::uint32_t ppid, int depth);
  bool needs_name(const Process& p) const noexcept;
  void name_living(Process& p, const task_thread& main, const task_process& record);
  void rename_living(Process& p, const task_thread& main, const task_process& record);
  void note_name(std::string_view comm, Group* group);
  void adopt(Process& p, Group& group);
  void move(Process& p, Group& group);

  // Counting.
  task_thread plausible(task_thread thread);
  void settle(Process& p, const task_thread& main, const task_process& record);
  void settle_threads(Process& p);
  void count_sampled(Process& p);
  void count_gauges(Process& p, const task_thread& main, const task_process& record);
  void count_thread(Process& p, const task_thread& thread);
  static Thread& thread_of(Threads& threads, const task_thread& thread);
  static ThreadGroup& thread_group(Group& group, std::string_view comm);
  void count_threads(Process& p, const task_thread& main);
  static std::uint64_t ended_runtime_ns(const Process& p, std::uint64_t kernel_sum_ns) noexcept;
  bool counts_end(const Process& p, const task_thread_end& end) const;
  void credit_end(Process& p, const task_process_end& end);
  void forget_missing();
  void remove_empty_groups();

  const Config* config_;
  ProcFacts& facts_;
  const Options options_;
  Groups groups_;
  Group unmatched_, kernel_;
  // Thousands come and go between two scrapes: in memory of their own, so that what stays longer
  // does not get in between.
  std::pmr::unsynchronized_pool_resource process_memory_;
  std::pmr::unordered_map<std::uint32_t, Process> processes_{&process_memory_};  // by tgid
  std::vector<Deferred> deferred_;
  std::vector<task_thread> early_;  // threads of this snapshot that came before their process
  std::unordered_map<std::uint32_t, std::size_t> unnamed_;  // tgid to its place in deferred_
  std::vector<ProcessId> newcomers_;
  std::vector<Regrouped> regrouped_;
  std::vector<Named> named_;
  std::vector<std::string> wait_names_;
  std::unordered_map<std::string, std::size_t> wait_numbers_;
  std::uint32_t snapshot_ = 0;
  std::uint64_t now_ns_ = 0;  // of the snapshot
  std::size_t ended_ = 0;
  std::uint64_t over_limit_ = 0;
  BlockedGuard blocked_guard_;
  Quotas quotas_;
  bool has_blocked_for_io_ = false, has_blocked_otherwise_ = false;
  std::uint64_t credited_of_lost_ns_ = 0;
};

}  // namespace hx
