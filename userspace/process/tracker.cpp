// SPDX-License-Identifier: Apache-2.0
// The living: snapshots, and what they add to the groups.
#include "process/tracker.h"

#include <algorithm>
#include <cstring>

namespace hx {
namespace {

// include/linux/sched.h
enum : std::uint32_t {
  kPfWorker = 0x20,         // PF_WQ_WORKER
  kPfKthread = 0x00200000,  // PF_KTHREAD
  kTaskReport = 0x7f,       // TASK_REPORT: what /proc tells apart
  kTaskIdle = 0x402,        // TASK_UNINTERRUPTIBLE | TASK_NOLOAD
  kTaskRtLockWait = 0x1000,
};

constexpr int kMaxAncestors = 1000;

// A thread whose end was told late is still known for a while.
constexpr std::uint32_t kThreadMemory = 8;

std::string_view comm_of(const char (&comm)[TASK_COMM_BYTES]) {
  return {comm, ::strnlen(comm, TASK_COMM_BYTES)};
}

}  // namespace

// task_state_index() of include/linux/sched.h, folded into process-exporter's five values.
State state_of(std::uint32_t bits) noexcept {
  if ((bits & kTaskIdle) == kTaskIdle) return kOther;
  if ((bits & kTaskRtLockWait) != 0) return kWaiting;
  const std::uint32_t reported = bits & kTaskReport;
  if (reported == 0) return kRunning;
  if (reported >= 0x40) return kOther;   // P
  if (reported >= 0x20) return kZombie;  // Z
  if (reported >= 0x04) return kOther;   // X t T
  return reported >= 0x02 ? kWaiting : kSleeping;
}

Tracker::Tracker(const Config& config, ProcFacts& facts, const Options& options)
    : config_(config), facts_(facts), options_(options) {}

Group& Tracker::nameless(std::uint32_t flags) noexcept {
  return (flags & kPfKthread) != 0 ? kernel_ : unmatched_;
}

Group& Tracker::group_named(std::string name) { return groups_[std::move(name)]; }

Tracker::Process* Tracker::find(std::uint32_t tgid) {
  const auto found = processes_.find(tgid);
  return found == processes_.end() ? nullptr : &found->second;
}

Tracker::Process* Tracker::find(std::uint32_t tgid, std::uint64_t start_ns) {
  Process* p = find(tgid);
  return p != nullptr && p->start_ns == start_ns ? p : nullptr;
}

// Its end was never told: what the overflow table has of it includes what was counted already.
void Tracker::lose(const Process& p) noexcept {
  if (options_.deaths_are_told) credited_of_lost_ns_ += p.credited.totals().runtime_ns;
}

Tracker::Process& Tracker::obtain(std::uint32_t tgid, std::uint64_t start_ns) {
  auto& p = processes_[tgid];
  if (p.start_ns == start_ns) return p;
  if (p.start_ns != 0 && !p.has_ended) lose(p);
  p = Process{};
  p.tgid = tgid;
  p.start_ns = start_ns;
  return p;
}

bool Tracker::needs_name(const Process& p) const noexcept {
  if (p.group == nullptr) return true;
  return p.group == &unmatched_ && (options_.recheck || !options_.children);
}

Group* Tracker::match_living(const Process& p, const task_thread& main,
                             const task_process& record) {
  Identity identity;
  identity.pid = static_cast<std::int32_t>(p.tgid);
  identity.uid = record.euid;
  identity.start_ns = options_.boot_time_ns + static_cast<std::int64_t>(p.start_ns);
  identity.comm = comm_of(main.comm);
  if ((main.flags & kPfKthread) == 0) {
    auto cmdline = facts_.cmdline(p.tgid);
    if (cmdline) identity.cmdline = std::move(*cmdline);
  } else if ((main.flags & kPfWorker) != 0) {
    auto comm = facts_.comm(p.tgid);
    if (comm) identity.comm = std::move(*comm);
  }
  identity.username = [&] { return facts_.username(record.euid); };
  identity.cgroups = [&] { return facts_.cgroups(p.tgid); };
  auto name = config_.name_of(identity);
  return name ? &group_named(std::move(*name)) : nullptr;
}

void Tracker::adopt(Process& p, Group& group) {
  if (p.group == nullptr && is_young(p.start_ns)) ++group.started;
  if (p.group != nullptr) {  // looked at again and matched: as new
    p.credited = {};
    p.settled = false;
  }
  p.group = &group;
  p.birth.reset();
  group.shown = true;
}

// The parent's group for a process that nothing matches; null where it has none.
Group* Tracker::inherit(std::uint32_t ppid, int depth) {
  Process* parent = find(ppid);
  if (parent == nullptr || depth == 0) return nullptr;
  if (parent->group != nullptr) return is_matched(parent->group) ? parent->group : nullptr;
  const auto unnamed = unnamed_.find(ppid);
  if (unnamed == unnamed_.end()) {
    Group& group = decide_unseen(*parent);
    return is_matched(&group) ? &group : nullptr;
  }
  return inherit(parent->ppid, depth - 1);
}

void Tracker::begin_snapshot() {
  ++snapshot_;
  for (auto& [name, group] : groups_) {
    group.gauges = {};
    for (auto& [comm, threads] : group.threads) threads.count = 0;
  }
  unmatched_.gauges = {};
  kernel_.gauges = {};
  deferred_.clear();
  unnamed_.clear();
}

void Tracker::on_process(const task_thread& main, const task_process& record) {
  Process& p = obtain(main.tgid, main.start_ns);
  if (p.snapshot == 0 && !is_young(p.start_ns)) p.ended_before_ns = record.ended.runtime_ns;
  p.snapshot = snapshot_;
  p.is_missing = false;
  p.ppid = record.ppid;
  p.flags = main.flags;
  if (needs_name(p)) {
    Group* group = match_living(p, main, record);
    if (group == nullptr && options_.children) {
      const Process* parent = find(record.ppid);
      if (parent != nullptr && is_matched(parent->group)) group = parent->group;
    }
    if (group != nullptr) {
      adopt(p, *group);
    } else if (!options_.children && p.group == nullptr) {
      adopt(p, nameless(p.flags));
    }
  }
  if (record.threads > 1 || p.threads) count_thread(p, main);
  if (p.group == nullptr) unnamed_[p.tgid] = deferred_.size();
  if (p.group == nullptr || p.threads) {
    deferred_.push_back({&p, main, record});
  } else {
    settle(p, main, record);
  }
}

void Tracker::on_thread(const task_thread& thread) {
  Process* p = find(thread.tgid);
  // A process whose main thread has a higher id and was never seen: the next snapshot has both.
  if (p != nullptr) count_thread(*p, thread);
}

void Tracker::end_snapshot() {
  for (auto& deferred : deferred_) {
    Process& p = *deferred.process;
    if (p.group == nullptr) {
      Group* group = options_.children ? inherit(p.ppid, kMaxAncestors) : nullptr;
      adopt(p, group != nullptr ? *group : nameless(p.flags));
    }
    settle(p, deferred.main, deferred.record);
  }
  forget_missing();
  for (auto& [name, group] : groups_) {
    std::erase_if(group.threads, [](const auto& entry) { return entry.second.count == 0; });
    if (options_.remove_empty_groups && group.gauges.processes == 0) group = Group{};
  }
}

// Run time of the threads that ended since we look. The kernel's sum is complete at once but up to
// a tick behind for each of them; the sum of their death events is exact but comes a moment later.
std::uint64_t Tracker::ended_runtime_ns(const Process& p, std::uint64_t kernel_sum_ns) noexcept {
  const auto since = kernel_sum_ns > p.ended_before_ns ? kernel_sum_ns - p.ended_before_ns : 0;
  return std::max<std::uint64_t>(since, p.ended_runtime_ns);
}

// Adds what a process has used since it was last looked at.
void Tracker::settle(Process& p, const task_thread& main, const task_process& record) {
  task_counters totals = record.ended;
  totals.runtime_ns = ended_runtime_ns(p, totals.runtime_ns);
  totals.run_delay_ns = p.ended_run_delay_ns;
  add(totals, p.threads ? p.threads->living : main.counters);
  const auto growth = p.credited.grow(totals);
  if (!p.has_ended && (p.settled || is_young(p.start_ns))) p.group->counted += growth;
  p.settled = true;
  count_gauges(p, main, record);
  if (p.threads) settle_threads(p);
}

void Tracker::count_gauges(const Process& p, const task_thread& main, const task_process& record) {
  Gauges& sum = p.group->gauges;
  ++sum.processes;
  sum.threads += record.threads;
  sum.virtual_pages += record.virtual_pages;
  sum.resident_pages += record.resident_pages;
  sum.swapped_pages += record.swapped_pages;
  if (sum.oldest_start_ns == 0 || p.start_ns < sum.oldest_start_ns)
    sum.oldest_start_ns = p.start_ns;
  const auto fds =
      record.open_fds == TASK_FDS_UNKNOWN ? facts_.open_fds(p.tgid).value_or(0) : record.open_fds;
  sum.open_fds += fds;
  if (record.fd_limit != 0) {
    sum.worst_fd_ratio = std::max(sum.worst_fd_ratio,
                                  static_cast<double>(fds) / static_cast<double>(record.fd_limit));
  }
  if (p.threads) {
    for (std::size_t i = 0; i < kStates; ++i) sum.states[i] += p.threads->states[i];
  } else {
    ++sum.states[state_of(main.state)];
  }
}

Tracker::Thread& Tracker::thread_of(Threads& threads, const task_thread& thread) {
  auto& list = threads.list;
  auto& at = threads.cursor;
  while (at < list.size() && list[at].tid < thread.pid) ++at;
  if (at == list.size() || list[at].tid != thread.pid) {
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), Thread{});
  }
  if (list[at].start_ns != thread.start_ns) {
    list[at] = Thread{};
    list[at].tid = thread.pid;
    list[at].start_ns = thread.start_ns;
  }
  return list[at];
}

ThreadGroup& Tracker::thread_group(Group& group, std::string_view comm) {
  const auto found = group.threads.find(comm);
  if (found != group.threads.end()) return found->second;
  return group.threads.emplace(comm, ThreadGroup{}).first->second;
}

void Tracker::count_thread(Process& p, const task_thread& thread) {
  if (!p.threads) p.threads = std::make_unique<Threads>();
  Threads& threads = *p.threads;
  if (threads.snapshot != snapshot_) {
    threads.snapshot = snapshot_;
    threads.cursor = 0;
    threads.living = {};
    threads.states = {};
  }
  add(threads.living, thread.counters);
  ++threads.states[state_of(thread.state)];
  Thread& t = thread_of(threads, thread);
  const bool first_sight = t.snapshot == 0;
  t.snapshot = snapshot_;
  std::memcpy(t.comm.data(), thread.comm, sizeof(thread.comm));
  const auto growth = t.credited.grow(thread.counters);
  if (first_sight && !is_young(thread.start_ns)) return;
  if (p.group != nullptr) thread_group(*p.group, comm_of(thread.comm)).counted += growth;
}

// Counts the threads by name, once their process has its group, and forgets the ended.
void Tracker::settle_threads(Process& p) {
  auto& list = p.threads->list;
  std::erase_if(list, [&](const Thread& t) { return t.snapshot + kThreadMemory < snapshot_; });
  const auto living = std::count_if(list.begin(), list.end(),
                                    [&](const Thread& t) { return t.snapshot == snapshot_; });
  if (living < 2) return;
  for (const auto& t : list) {
    if (t.snapshot != snapshot_) continue;
    ++thread_group(*p.group, {t.comm.data(), ::strnlen(t.comm.data(), t.comm.size())}).count;
  }
}

// Without death events, absence is death. With them a process is told to end before it is gone, but
// for a moment between its release and its last switch: who is missing twice was lost.
void Tracker::forget_missing() {
  for (auto at = processes_.begin(); at != processes_.end();) {
    Process& p = at->second;
    const bool is_there = p.snapshot == snapshot_;
    const bool forget = !is_there && (p.has_ended || p.is_missing || !options_.deaths_are_told);
    if (forget && !p.has_ended) lose(p);
    p.is_missing = !is_there;
    at = forget ? processes_.erase(at) : std::next(at);
  }
  ended_ = 0;
}

}  // namespace hx
