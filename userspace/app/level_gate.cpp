// SPDX-License-Identifier: Apache-2.0
#include "app/level_gate.h"

#include <mutex>
#include <string>

namespace hx {
namespace {

class UnitGate final : public Collector {
 public:
  UnitGate(CollectorPtr unit, bool (*allows)(int), SharedLevel level)
      : unit_(std::move(unit)), allows_(allows), level_(std::move(level)) {}

  Status collect(MetricSink& out) override {
    if (!allows_(*level_)) unit_ = nullptr;
    if (unit_) return unit_->collect(out);
    return Error{ENODEV, "left out at level " + std::to_string(*level_)};
  }

 private:
  CollectorPtr unit_;
  bool (*const allows_)(int level);
  const SharedLevel level_;
};

class GroupsGate final : public NameGroups {
 public:
  GroupsGate(std::unique_ptr<NameGroups> groups, MakeGroups make_plain, SharedLevel level)
      : groups_(std::move(groups)), make_plain_(std::move(make_plain)), level_(std::move(level)) {}

  Status collect(MetricSink& out) override {
    const std::lock_guard lock(mutex_);
    if (auto ok = follow_level(); !ok) return ok;
    return groups_->collect(out);
  }

  Status reload() override {
    const std::lock_guard lock(mutex_);
    return groups_->reload();
  }

  void leave_guarded_files() override {
    const std::lock_guard lock(mutex_);
    groups_->leave_guarded_files();
  }

 private:
  Status follow_level() {
    if (!allows_guarded(*level_)) groups_->leave_guarded_files();
    if (allows_processes(*level_) || is_plain_) return {};
    auto plain = make_plain_();
    if (!plain) return plain.error();
    groups_ = std::move(*plain);
    is_plain_ = true;
    return {};
  }

  std::mutex mutex_;  // a scrape, or a reload
  std::unique_ptr<NameGroups> groups_;
  bool is_plain_ = false;
  const MakeGroups make_plain_;
  const SharedLevel level_;
};

}  // namespace

CollectorPtr gate(CollectorPtr unit, bool (*allows)(int level), SharedLevel level) {
  return std::make_unique<UnitGate>(std::move(unit), allows, std::move(level));
}

std::unique_ptr<NameGroups> gate(std::unique_ptr<NameGroups> groups, MakeGroups make_plain,
                                 SharedLevel level) {
  return std::make_unique<GroupsGate>(std::move(groups), std::move(make_plain), std::move(level));
}

}  // namespace hx
