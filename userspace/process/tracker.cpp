// SPDX-License-Identifier: Apache-2.0
// The living: snapshots, and what they add to the groups.
#include "process/tracker.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.h"

namespace hx {
namespace {

// include/linux/sched.h
enum : std::uint32_t {
  kTaskReport = 0x7f,  // TASK_REPORT: what /proc tells apart
  kTaskIdle = 0x402,   // TASK_UNINTERRUPTIBLE | TASK_NOLOAD
  kTaskRtLockWait = 0x1000,
  kTaskFrozen = 0x8000,
};

// A thread whose end was told late is still known for a while.
constexpr std::uint32_t kThreadMemory = 8;
// Longer than a process waits for its last switch.
constexpr std::uint64_t kLastSwitchNs = 10'000'000'000;
constexpr std::uint64_t kThreadMemoryNs = kLastSwitchNs;
// What forks to call exec has done so by this age.
constexpr std::uint64_t kExecSoonNs = 500'000'000;
// Of a group, beyond which those that no thread has are forgotten: 250 bytes each.
constexpr std::size_t kThreadNames = 64;

}  // namespace

// task_state_index() of include/linux/sched.h, folded into process-exporter's five values.
State state_of(std::uint32_t bits) noexcept {
  if ((bits & kTaskIdle) == kTaskIdle) return kOther;
  if ((bits & (kTaskRtLockWait | kTaskFrozen)) != 0) return kWaiting;
  const std::uint32_t reported = bits & kTaskReport;
  if (reported == 0) return kRunning;
  if (reported >= 0x40) return kOther;   // P
  if (reported >= 0x20) return kZombie;  // Z
  if (reported >= 0x04) return kOther;   // X t T
  return reported >= 0x02 ? kWaiting : kSleeping;
}

Tracker::Tracker(const Config& config, ProcFacts& facts, const Options& options)
    : config_(&config), facts_(facts), options_(options) {
  use(config);
}

// A group that has no process shows that it has none, where its name is known before it has one.
void Tracker::use(const Config& config) {
  config_ = &config;
  for (auto& [tgid, p] : processes_) p.is_stale = true;
  if (options_.remove_empty_groups) return;
  for (auto& name : config.literal_names()) group_named(std::move(name)).shown = true;
}

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
  if (!options_.deaths_are_told) return;
  const auto all = p.credited.totals().runtime_ns;
  credited_of_lost_ns_ += all > p.ended_before_ns ? all - p.ended_before_ns : 0;
}

// It has called exec, or says so by its name; that of a kernel worker follows its work.
bool Tracker::is_renamed(const Process& p, const task_thread& main) const noexcept {
  return options_.rematch_on_exec && (p.birth != nullptr || ((main.flags & kPfWorker) == 0 &&
                                                             p.comm != std::to_array(main.comm)));
}

// Just forked: to be counted where its parent is, but not named yet, lest it be counted there for
// good because this snapshot came between its fork and its exec.
bool Tracker::may_exec_soon(const Process& p) const noexcept {
  return p.group == nullptr && !p.has_ended && p.birth && !p.birth->has_exec &&
         p.birth->inherited != nullptr && (p.flags & kPfKthread) == 0 &&
         now_ns_ < p.start_ns + kExecSoonNs;
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

void Tracker::begin_snapshot(std::uint64_t now_ns) {
  ++snapshot_;
  now_ns_ = now_ns;
  for (auto& [name, group] : groups_) {
    group.gauges = {};
    for (auto& [comm, threads] : group.threads) threads.count = 0;
  }
  unmatched_.gauges = {};
  kernel_.gauges = {};
  quotas_.begin_snapshot();
  regrouped_.clear();
  deferred_.clear();
  early_.clear();
  unnamed_.clear();
}

task_thread Tracker::plausible(task_thread thread) {
  auto& blocked = thread.counters.blocked_io_ns;
  blocked = blocked_guard_.plausible(thread.pid, thread.start_ns, blocked, now_ns_);
  return thread;
}

void Tracker::on_process(const task_thread& read_main, const task_process& record) {
  if (options_.deaths_are_told && read_main.start_ns > now_ns_) return;  // the next one's
  const task_thread main = plausible(read_main);
  Process& p = obtain(main.tgid, main.start_ns);
  if (p.snapshot == 0 && options_.deaths_are_told && !is_young(p.start_ns)) {
    p.ended_before_ns = record.ended.runtime_ns;
  }
  p.snapshot = snapshot_;
  p.missing_ns = 0;
  has_blocked_for_io_ |= main.counters.blocked_io_ns != 0;
  has_blocked_otherwise_ |= main.counters.blocked_other_ns != 0;
  p.ppid = record.ppid;
  p.flags = main.flags;
  if (p.is_stale) p.group = nullptr;
  p.is_stale = false;
  if (may_exec_soon(p) && record.threads == 1) {
    p.group = &decide_unseen(p);
    count_gauges(p, main, record);
    p.group = nullptr;
    return;
  }
  if (needs_name(p)) {
    name_living(p, main, record);
  } else if (is_renamed(p, main)) {
    rename_living(p, main, record);
  }
  p.comm = std::to_array(main.comm);
  if (record.threads > 1 || p.threads) count_threads(p, main);
  if (p.group == nullptr) unnamed_[p.tgid] = deferred_.size();
  if (p.group == nullptr || p.threads) {
    deferred_.push_back({&p, main, record});
  } else {
    settle(p, main, record);
  }
}

// A process's main thread may have a higher id than others, which then come first.
void Tracker::on_thread(const task_thread& read_thread) {
  const task_thread thread = plausible(read_thread);
  Process* p = find(thread.tgid);
  if (p != nullptr && p->snapshot == snapshot_) {
    count_thread(*p, thread);
  } else {
    early_.push_back(thread);
  }
}

void Tracker::on_unreadable(const task_thread& main) {
  Process* p = find(main.tgid, main.start_ns);
  if (p == nullptr || p->group == nullptr) return;
  p->snapshot = snapshot_;
  p->missing_ns = 0;
}

bool Tracker::is_ignored(const task_thread& main) const {
  const auto found = processes_.find(main.tgid);
  if (found == processes_.end() || found->second.start_ns != main.start_ns) return false;
  const Process& p = found->second;
  return p.group != nullptr && !is_matched(p.group) && !p.is_stale && !needs_name(p) &&
         !is_renamed(p, main);
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
  quotas_.end_snapshot();
  forget_missing();
  blocked_guard_.forget_unseen_since(now_ns_ > kThreadMemoryNs ? now_ns_ - kThreadMemoryNs : 0);
  for (auto& [name, group] : groups_) {
    // A name that comes back goes on from where it was; with ever new names nobody comes back.
    if (group.threads.size() <= kThreadNames) continue;
    std::erase_if(group.threads, [](const auto& entry) { return entry.second.count == 0; });
  }
  if (options_.remove_empty_groups) remove_empty_groups();
}

// Run time of ended threads. Of those that ended since we look the kernel's sum is complete at once
// but up to a tick behind for each; the sum of their death events is exact but comes a moment
// later.
std::uint64_t Tracker::ended_runtime_ns(const Process& p, std::uint64_t kernel_sum_ns) noexcept {
  return std::max<std::uint64_t>(kernel_sum_ns, p.ended_before_ns + p.ended.runtime_ns);
}

// Adds what a process has used since it was last looked at.
void Tracker::settle(Process& p, const task_thread& main, const task_process& record) {
  task_counters totals = record.ended;
  add_end_times(totals, p.ended);
  totals.runtime_ns = ended_runtime_ns(p, record.ended.runtime_ns);
  add(totals, p.threads ? p.threads->living : main.counters);
  const auto growth = p.credited.grow(totals);
  if (!p.has_ended && (p.settled || is_young(p.start_ns))) p.group->counted += growth;
  p.settled = true;
  count_gauges(p, main, record);
  if (p.threads) settle_threads(p);
}

void Tracker::on_sample(const ProcessSample& sample) {
  Process* p = find(sample.process.pid, sample.process.start_ns);
  if (p == nullptr) return;
  p->sampled = std::make_unique<Sampled>(Sampled{sample.memory, sample.at, {}});
  for (const auto& [name, threads] : sample.waits) {
    const auto [entry, is_new] = wait_numbers_.try_emplace(name, wait_names_.size());
    if (is_new) wait_names_.push_back(name);
    p->sampled->waits.emplace_back(entry->second, threads);
  }
}

void Tracker::count_sampled(Process& p) {
  if (!p.sampled && p.is_newcomer) newcomers_.push_back({p.tgid, p.start_ns});
  p.is_newcomer = false;
  if (!p.sampled) return;
  Gauges& sum = p.group->gauges;
  if (const auto& memory = p.sampled->memory) {
    ++sum.sampled;
    sum.proportional_resident_bytes += memory->resident_bytes;
    sum.proportional_swapped_bytes += memory->swapped_bytes;
    sum.oldest_sample = std::min(sum.oldest_sample, p.sampled->at);
  }
  for (const auto& [number, threads] : p.sampled->waits) {
    if (sum.waits.size() <= number) sum.waits.resize(number + 1);
    sum.waits[number] += threads;
  }
}

void Tracker::count_gauges(Process& p, const task_thread& main, const task_process& record) {
  Gauges& sum = p.group->gauges;
  p.group->shown = true;
  quotas_.count(*p.group, record);
  ++sum.processes;
  sum.threads += record.threads;
  sum.virtual_pages += record.virtual_pages;
  sum.resident_pages += record.resident_pages;
  sum.swapped_pages += record.swapped_pages;
  // Who has no pages (a kernel thread, a zombie) has no maps either.
  if (record.resident_pages != 0 && is_matched(p.group)) count_sampled(p);
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
  return group.threads[to_utf8(comm)];  // names that are the same label are the same
}

void Tracker::count_threads(Process& p, const task_thread& main) {
  for (const auto& thread : early_) {
    if (thread.tgid == p.tgid) count_thread(p, thread);
  }
  count_thread(p, main);
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
  t.comm = std::to_array(thread.comm);
  const auto growth = t.credited.grow(thread.counters);
  if (first_sight && !is_young(thread.start_ns)) return;
  if (is_matched(p.group)) thread_group(*p.group, text_of(t.comm)).counted += growth;
}

// Counts the threads by name, once their process has its group, and forgets the ended.
void Tracker::settle_threads(Process& p) {
  auto& list = p.threads->list;
  std::erase_if(list, [&](const Thread& t) { return t.snapshot + kThreadMemory < snapshot_; });
  const auto living = std::count_if(list.begin(), list.end(),
                                    [&](const Thread& t) { return t.snapshot == snapshot_; });
  if (living < 2 || !is_matched(p.group)) return;
  for (const auto& t : list) {
    if (t.snapshot != snapshot_) continue;
    ++thread_group(*p.group, text_of(t.comm)).count;
  }
}

// Without death events, absence is death. With them a process is told to end before it is gone, but
// for a moment between its release and its last switch, which a loaded machine stretches.
void Tracker::forget_missing() {
  for (auto at = processes_.begin(); at != processes_.end();) {
    Process& p = at->second;
    const bool is_there = p.snapshot == snapshot_;
    const bool is_lost = p.missing_ns != 0 && now_ns_ - p.missing_ns >= kLastSwitchNs;
    const bool forget = !is_there && (p.has_ended || is_lost || !options_.deaths_are_told);
    if (forget && !p.has_ended) lose(p);
    if (!is_there && p.missing_ns == 0) p.missing_ns = now_ns_;
    at = forget ? processes_.erase(at) : std::next(at);
  }
  ended_ = 0;
}

// A group stays for as long as a process may come back to it.
void Tracker::remove_empty_groups() {
  std::unordered_set<const Group*> used;
  for (const auto& [tgid, p] : processes_) {
    used.insert(p.group);
    if (p.birth) used.insert({p.birth->inherited, p.birth->decided});
  }
  for (auto at = groups_.begin(); at != groups_.end();) {
    Group& group = at->second;
    if (group.gauges.processes == 0) group = Group{};
    at = group.gauges.processes != 0 || used.contains(&group) ? std::next(at) : groups_.erase(at);
  }
}

}  // namespace hx
