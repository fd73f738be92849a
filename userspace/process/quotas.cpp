// SPDX-License-Identifier: Apache-2.0
#include "process/quotas.h"

#include <algorithm>
#include <span>

namespace hx {
namespace {

constexpr std::uint64_t kFirst = 1;

}  // namespace

// Once a snapshot: the kernel goes on counting while it is taken.
void Quotas::look(Quota& quota, const task_quota& told) {
  if (quota.snapshot == snapshot_) return;
  const bool is_new = quota.snapshot == 0;
  const bool is_young = snapshot_ != kFirst && told.control_group > newest_;
  if (is_new && !is_young) quota.throttled_ns = told.throttled_ns;
  quota.growth_ns =
      told.throttled_ns > quota.throttled_ns ? told.throttled_ns - quota.throttled_ns : 0;
  quota.throttled_ns = told.throttled_ns;
  quota.snapshot = snapshot_;
  quota.counted.clear();
  throttled_ns_ += quota.growth_ns;
}

void Quotas::count(Group& group, const task_process& record) {
  if (snapshot_ == kFirst) newest_ = std::max<std::uint64_t>(newest_, record.control_group);
  const auto count = std::min<std::uint64_t>(record.quota_count, TASK_QUOTAS);
  for (const auto& told : std::span(record.quotas).first(count)) {
    Quota& quota = quotas_[told.control_group];
    look(quota, told);
    auto& counted = quota.counted;
    if (std::find(counted.begin(), counted.end(), &group) != counted.end()) continue;
    counted.push_back(&group);
    group.throttled_ns = group.throttled_ns.value_or(0) + quota.growth_ns;
  }
}

void Quotas::end_snapshot() {
  std::erase_if(quotas_, [&](const auto& entry) { return entry.second.snapshot != snapshot_; });
}

}  // namespace hx
