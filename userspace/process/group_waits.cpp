// SPDX-License-Identifier: Apache-2.0
#include "process/group_waits.h"

#include "bpf/sched_abi.h"

namespace hx {
namespace {

constexpr std::uint32_t kSeveral = UINT32_MAX;

}  // namespace

// A group that is removed leaves its number to another. 0: all are taken.
std::uint32_t GroupWaits::number_for(const Groups& groups) {
  if (next_ < source_->numbers()) return next_++;
  if (groups.size() >= source_->numbers()) return 0;
  std::vector<bool> taken(source_->numbers());
  for (const auto& [name, group] : groups) taken[group.number] = true;
  for (std::uint32_t number = 1; number < taken.size(); ++number) {
    if (!taken[number]) return number;
  }
  return 0;
}

void GroupWaits::count(Group& group) {
  const auto now = source_->read(group.number);
  auto& last = counted_[group.number];
  for (std::size_t i = 0; i < now.slots.size(); ++i) {
    group.waits.slots[i] += now.slots[i] - last.slots[i];  // modulo 2^32, as the kernel counts
  }
  group.waits.sum_ns += now.sum_ns - last.sum_ns;
  last = now;
}

void GroupWaits::give_number(Groups& groups, Group& group) {
  if (group.number != 0) return;
  group.number = number_for(groups);
  if (group.number != 0) counted_[group.number] = source_->read(group.number);
}

// Where names alone decide, as with {{.Comm}}, the kernel knows the group of a process from its
// exec on. A name that has been in two groups decides nothing.
Status GroupWaits::learn(Groups& groups, const Named& named) {
  std::uint32_t number = 0;
  if (named.group != nullptr) {
    give_number(groups, *named.group);
    number = named.group->number;
  }
  const auto known = learnt_.find(named.comm);
  if (known == learnt_.end()) {
    if (number == 0 || learnt_.size() >= SCHED_MAX_COMMS) return {};
    learnt_.emplace(named.comm, number);
    return source_->learn(named.comm, number);
  }
  if (known->second == number || known->second == kSeveral) return {};
  known->second = kSeveral;
  source_->forget(named.comm);
  return {};
}

void GroupWaits::forget_names() {
  for (const auto& [comm, number] : learnt_) {
    if (number != kSeveral) source_->forget(comm);
  }
  learnt_.clear();
}

Status GroupWaits::update(Groups& groups, std::span<const Regrouped> regrouped,
                          std::span<const Named> named) {
  for (auto& [name, group] : groups) {
    if (group.number != 0) count(group);
  }
  numbered_.clear();
  for (const auto& [tgid, group] : regrouped) {
    if (group != nullptr) give_number(groups, *group);
    numbered_.push_back({tgid, group == nullptr ? 0 : group->number});
  }
  if (!numbered_.empty()) {
    if (auto ok = source_->assign(numbered_); !ok) return ok;
  }
  for (const auto& one : named) {
    if (auto ok = learn(groups, one); !ok) return ok;
  }
  return {};
}

}  // namespace hx
