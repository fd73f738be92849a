// SPDX-License-Identifier: Apache-2.0
// Which group a process belongs to.
#include <algorithm>

#include "process/tracker.h"

namespace hx {

Group& Tracker::nameless(std::uint32_t flags) noexcept {
  return (flags & kPfKthread) != 0 ? kernel_ : unmatched_;
}

Group& Tracker::group_named(std::string name) {
  const auto known = groups_.find(name);
  if (known != groups_.end()) return known->second;
  if (groups_.size() < options_.max_groups) return groups_[std::move(name)];
  ++over_limit_;
  return groups_[std::string(kOverLimit)];
}

bool Tracker::needs_name(const Process& p) const noexcept {
  if (p.group == nullptr) return true;
  if (is_matched(p.group)) return false;
  if (!options_.children) return true;
  const auto age = options_.recheck_age_ns;
  return options_.recheck && (age == 0 || p.start_ns + age > now_ns_);
}

// In hundredths of a second, as /proc shows it: a finer one would make another name.
std::int64_t Tracker::start_time_ns(const Process& p) const noexcept {
  return options_.boot_time_ns + static_cast<std::int64_t>(p.start_ns - p.start_ns % 10'000'000);
}

Group* Tracker::match_living(const Process& p, const task_thread& main,
                             const task_process& record) {
  Identity identity;
  identity.pid = static_cast<std::int32_t>(p.tgid);
  identity.uid = record.euid;
  identity.start_ns = start_time_ns(p);
  identity.comm = text_of(main.comm);
  if ((main.flags & kPfKthread) == 0) {
    auto cmdline = facts_.cmdline(p.tgid);
    if (cmdline) identity.cmdline = std::move(*cmdline);
    if (identity.cmdline.empty() && p.birth) identity.cmdline = p.birth->cmdline;  // just ended
  } else if ((main.flags & kPfWorker) != 0) {
    auto comm = facts_.comm(p.tgid);
    if (comm) identity.comm = std::move(*comm);
  }
  identity.username = [&] { return facts_.username(record.euid); };
  identity.groupname = [&] {
    const auto gid = facts_.gid(p.tgid);
    return gid ? facts_.groupname(*gid) : std::string();
  };
  identity.cgroups = [&] { return facts_.cgroups(p.tgid); };
  identity.cgroup_id = [&] { return facts_.cgroup_id(p.tgid); };
  auto name = config_->name_of(identity);
  Group* group = name ? &group_named(std::move(*name)) : nullptr;
  note_name(text_of(main.comm), group);
  return group;
}

// Most that are named have the name and the group of one before.
void Tracker::note_name(std::string_view comm, Group* group) {
  constexpr std::size_t kLast = 8, kMaxNamed = 4096;
  Named named{.group = group};
  comm.copy(named.comm.data(), named.comm.size());
  const auto begin = named_.size() > kLast ? named_.end() - kLast : named_.begin();
  const bool is_known = std::any_of(begin, named_.end(), [&](const Named& known) {
    return known.comm == named.comm && known.group == group;
  });
  if (!is_known && named_.size() < kMaxNamed) named_.push_back(named);
}

void Tracker::name_living(Process& p, const task_thread& main, const task_process& record) {
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

// One that nothing matches any more has the group that it would have as a child: its own.
void Tracker::rename_living(Process& p, const task_thread& main, const task_process& record) {
  Group* group = match_living(p, main, record);
  if (group == nullptr) group = options_.children ? p.group : &nameless(p.flags);
  move(p, *group);
}

void Tracker::adopt(Process& p, Group& group) {
  if (!p.is_started && is_young(p.start_ns)) ++group.started;
  p.is_started = true;
  if (p.group != nullptr) {  // looked at again and matched: as new
    p.credited = {};
    p.settled = false;
  }
  move(p, group);
}

void Tracker::move(Process& p, Group& group) {
  if (p.group != &group && p.snapshot == snapshot_) {
    regrouped_.push_back({p.tgid, is_matched(&group) ? &group : nullptr});
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

}  // namespace hx
