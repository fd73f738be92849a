// SPDX-License-Identifier: Apache-2.0
#include "process/group_waits.h"

namespace hx {

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

Status GroupWaits::update(Groups& groups, std::span<const Regrouped> regrouped) {
  for (auto& [name, group] : groups) {
    if (group.number != 0) count(group);
  }
  numbered_.clear();
  for (const auto& [tgid, group] : regrouped) {
    if (group != nullptr && group->number == 0) {
      group->number = number_for(groups);
      if (group->number != 0) counted_[group->number] = source_->read(group->number);
    }
    numbered_.push_back({tgid, group == nullptr ? 0 : group->number});
  }
  return numbered_.empty() ? Status() : source_->assign(numbered_);
}

}  // namespace hx
