// SPDX-License-Identifier: Apache-2.0
// Which group a process belongs to.
#include "process/tracker.h"

namespace hx {

Group& Tracker::nameless(std::uint32_t flags) noexcept {
  return (flags & kPfKthread) != 0 ? kernel_ : unmatched_;
}

Group& Tracker::group_named(std::string name) { return groups_[std::move(name)]; }

bool Tracker::needs_name(const Process& p) const noexcept {
  if (p.group == nullptr) return true;
  return !is_matched(p.group) && (options_.recheck || !options_.children);
}

Group* Tracker::match_living(const Process& p, const task_thread& main,
                             const task_process& record) {
  Identity identity;
  identity.pid = static_cast<std::int32_t>(p.tgid);
  identity.uid = record.euid;
  identity.start_ns = options_.boot_time_ns + static_cast<std::int64_t>(p.start_ns);
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
  identity.cgroups = [&] { return facts_.cgroups(p.tgid); };
  auto name = config_.name_of(identity);
  return name ? &group_named(std::move(*name)) : nullptr;
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
  if (p.group == nullptr && is_young(p.start_ns)) ++group.started;
  if (p.group != nullptr) {  // looked at again and matched: as new
    p.credited = {};
    p.settled = false;
  }
  move(p, group);
}

void Tracker::move(Process& p, Group& group) {
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
