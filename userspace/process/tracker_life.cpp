// SPDX-License-Identifier: Apache-2.0
// Births and deaths, and the names of those who live too shortly to be seen by a snapshot.
#include <algorithm>
#include <utility>

#include "process/tracker.h"

namespace hx {
namespace {

std::uint32_t signal_of(const task_process_end& end) noexcept { return end.exit_code & 0x7f; }

ExitReason reason_of(const task_process_end& end) noexcept {
  if (end.oom != 0) return kExitOom;
  if (signal_of(end) != 0) return kExitSignal;
  return end.exit_code != 0 ? kExitError : kExitOk;
}

}  // namespace

void Tracker::on_fork(const task_fork& fork) {
  Process& child = obtain(fork.event.tgid, fork.event.start_ns);
  if (child.snapshot != 0) return;  // told late: a snapshot has it already
  child.ppid = fork.ppid;
  child.flags = fork.flags;
  child.birth = std::make_unique<Birth>();
  if (Process* parent = find(fork.ppid)) child.birth->inherited = &decide_unseen(*parent);
}

void Tracker::on_exec(const task_exec& exec, std::string_view args) {
  Process* p = find(exec.event.tgid, exec.event.start_ns);
  if (p == nullptr) {  // its birth was lost, or the first snapshot will find it
    if (!is_young(exec.event.start_ns)) return;
    p = &obtain(exec.event.tgid, exec.event.start_ns);
  }
  // Called by another thread than the main one, which it has replaced.
  add_end_times(p->ended, std::exchange(p->main_ended, {}));
  if (p->group != nullptr && !options_.rematch_on_exec) return;
  if (!p->birth) {
    p->birth = std::make_unique<Birth>();
    p->birth->inherited = p->group;
  }
  Birth& birth = *p->birth;
  birth.comm = text_of(exec.comm);
  birth.cmdline = args;
  birth.euid = exec.euid;
  birth.egid = exec.egid;
  birth.has_exec = true;
  birth.decided = nullptr;
}

// It may be gone when its group is asked for; its parent is in the same control group, as a rule.
Group* Tracker::match_birth(const Process& p, const Birth& birth) {
  Identity identity;
  identity.pid = static_cast<std::int32_t>(p.tgid);
  identity.uid = birth.euid;
  identity.start_ns = start_time_ns(p);
  identity.comm = birth.comm;
  identity.cmdline = birth.cmdline;
  identity.username = [&] { return facts_.username(birth.euid); };
  identity.groupname = [&] { return facts_.groupname(birth.egid); };
  identity.cgroups = [&] {
    auto own = facts_.cgroups(p.tgid);
    return own.empty() ? facts_.cgroups(p.ppid) : own;
  };
  identity.cgroup_id = [&] {
    const auto own = facts_.cgroup_id(p.tgid);
    return own == 0 ? facts_.cgroup_id(p.ppid) : own;
  };
  auto name = config_->name_of(identity);
  Group* group = name ? &group_named(std::move(*name)) : nullptr;
  note_name(birth.comm, group);
  return group;
}

// The group of a process as its events tell it, until a snapshot or its end names it.
Group& Tracker::decide_unseen(Process& p) {
  if (!p.birth) return p.group != nullptr ? *p.group : nameless(p.flags);
  Birth& birth = *p.birth;
  if (birth.decided != nullptr) return *birth.decided;
  Group* group = birth.has_exec ? match_birth(p, birth) : birth.inherited;
  if (group == nullptr && options_.children && is_matched(birth.inherited)) group = birth.inherited;
  birth.decided = group != nullptr ? group : &nameless(p.flags);
  return *birth.decided;
}

// A thread that ended before the first snapshot must not count: its run time may be hours, all of
// them before we looked.
bool Tracker::counts_end(const Process& p, const task_thread_end& end) const {
  if (is_young(end.event.start_ns)) return true;
  if (!p.threads) return false;
  const auto& list = p.threads->list;
  return std::any_of(list.begin(), list.end(), [&](const Thread& t) { return t.tid == end.pid; });
}

void Tracker::on_thread_end(const task_thread_end& end) {
  task_end_times times = end.times;
  times.blocked_io_ns =
      blocked_guard_.plausible(end.pid, end.event.start_ns, times.blocked_io_ns, now_ns_);
  blocked_guard_.forget(end.pid);
  Process* p = find(end.event.tgid);
  if (p == nullptr || !counts_end(*p, end)) return;
  if (end.pid == end.event.tgid) {
    p->main_ended = times;
  } else {
    add_end_times(p->ended, times);
  }
}

void Tracker::credit_end(Process& p, const task_process_end& end) {
  task_counters totals = end.totals;
  totals.blocked_io_ns =
      blocked_guard_.plausible(p.tgid, p.start_ns, totals.blocked_io_ns, now_ns_);
  blocked_guard_.forget(p.tgid);
  add_end_times(totals, p.ended);
  totals.runtime_ns += p.ended_before_ns;
  const auto growth = p.credited.grow(totals);
  if (p.settled || is_young(p.start_ns)) p.group->counted += growth;
}

void Tracker::on_process_end(const task_process_end& end) {
  Process* known = find(end.event.tgid, end.event.start_ns);
  // A stranger's birth was lost, or it ended before the first snapshot.
  if (known == nullptr && !is_young(end.event.start_ns)) return;
  Process& p = known != nullptr ? *known : obtain(end.event.tgid, end.event.start_ns);
  if (p.has_ended) return credit_end(p, end);  // two threads were the last to be switched out
  p.flags = end.flags;
  if (p.group == nullptr) {
    if (!p.birth) {
      p.birth = std::make_unique<Birth>();
      p.birth->comm = text_of(end.comm);
      p.birth->euid = end.euid;
      p.birth->egid = end.egid;
      p.birth->has_exec = true;
    }
    adopt(p, decide_unseen(p));
  } else {
    move(p, decide_unseen(p));
  }
  credit_end(p, end);
  ++p.group->exited[reason_of(end)];
  if (signal_of(end) != 0) ++p.group->killed[signal_of(end)];
  p.has_ended = true;
  // Thousands may end between two scrapes.
  p.birth.reset();
  p.threads.reset();
  p.sampled.reset();
  ++ended_;
}

}  // namespace hx
