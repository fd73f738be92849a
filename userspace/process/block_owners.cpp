// SPDX-License-Identifier: Apache-2.0
#include "process/block_owners.h"

namespace hx {
namespace {

// From here on who has been idle since the last reading leaves its place to others.
constexpr std::size_t kMany = BLOCK_MAX_CGROUPS / 2;

}  // namespace

Status BlockOwners::update() {
  const auto entries = source_->read();
  if (!entries) return entries.error();
  for (const auto& [key, value] : *entries) {
    static const std::string kNobody = "writeback";
    const auto& name = key.cgroup == 0 ? kNobody : names_.name(key.cgroup);
    auto& last = last_[{key.cgroup, key.op}];
    const bool is_idle = last.sum_ns == value.sum_ns;
    times_[name.empty() ? kNobody : name][key.op].add_growth(last, value);
    last = value;
    if (is_idle && key.cgroup != 0 && entries->size() > kMany) {
      source_->forget(key);
      last_.erase({key.cgroup, key.op});
    }
  }
  return {};
}

}  // namespace hx
