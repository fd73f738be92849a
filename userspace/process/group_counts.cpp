// SPDX-License-Identifier: Apache-2.0
#include "process/group_counts.h"

#include "bpf/sched_abi.h"

namespace hx {
namespace {

constexpr std::uint32_t kSeveral = UINT32_MAX;

}  // namespace

// What each number had at the last reading, by number and then by kind.
template <class Counts, class Totals>
class GroupCounts::ReadingsOf final : public Readings {
 public:
  using In = std::span<Totals> (*)(Group& group);

  ReadingsOf(std::shared_ptr<CountSource<Counts>> source, std::uint32_t numbers, In in)
      : source_(std::move(source)), in_(in) {
    Group group;
    kinds_ = in(group).size();
    last_.resize(numbers * kinds_);
  }

  void count(Group& group) override {
    const auto totals = in_(group);
    for (std::size_t kind = 0; kind < kinds_; ++kind) {
      const auto now = source_->read(group.number, kind);
      auto& last = last_[group.number * kinds_ + kind];
      totals[kind].add_growth(last, now);
      last = now;
    }
  }

  void skip(const Group& group) override {
    for (std::size_t kind = 0; kind < kinds_; ++kind) {
      last_[group.number * kinds_ + kind] = source_->read(group.number, kind);
    }
  }

 private:
  std::shared_ptr<CountSource<Counts>> source_;
  In in_;
  std::size_t kinds_ = 0;
  std::vector<Counts> last_;
};

GroupCounts::GroupCounts(const GroupSources& sources) : numbers_(sources.numbers) {
  using TimesReadings = ReadingsOf<hist_times, Times>;
  using TcpReadings = ReadingsOf<tcp_group, TcpTotals>;
  const auto count = numbers_->count();
  if (sources.waits) {
    readings_.push_back(std::make_unique<TimesReadings>(
        sources.waits, count, [](Group& group) { return std::span(&group.waits, 1); }));
  }
  if (sources.slices) {
    readings_.push_back(std::make_unique<TimesReadings>(
        sources.slices, count, [](Group& group) { return std::span(&group.slices, 1); }));
  }
  if (sources.block) {
    readings_.push_back(std::make_unique<TimesReadings>(
        sources.block, count, [](Group& group) { return std::span<Times>(group.block); }));
  }
  if (sources.tcp) {
    readings_.push_back(std::make_unique<TcpReadings>(
        sources.tcp, count, [](Group& group) { return std::span(&group.tcp, 1); }));
  }
}

// A group that is removed leaves its number to another. 0: all are taken.
std::uint32_t GroupCounts::number_for(const Groups& groups) {
  if (next_ < numbers_->count()) return next_++;
  if (groups.size() >= numbers_->count()) return 0;
  std::vector<bool> taken(numbers_->count());
  for (const auto& [name, group] : groups) taken[group.number] = true;
  for (std::uint32_t number = 1; number < taken.size(); ++number) {
    if (!taken[number]) return number;
  }
  return 0;
}

void GroupCounts::give_number(Groups& groups, Group& group) {
  if (group.number != 0) return;
  group.number = number_for(groups);
  if (group.number == 0) return;
  for (const auto& readings : readings_) readings->skip(group);
}

// Where names alone decide, as with {{.Comm}}, the kernel knows the group of a process from its
// exec on. A name that has been in two groups decides nothing.
Status GroupCounts::learn(Groups& groups, const Named& named) {
  std::uint32_t number = 0;
  if (named.group != nullptr) {
    give_number(groups, *named.group);
    number = named.group->number;
  }
  const auto known = learnt_.find(named.comm);
  if (known == learnt_.end()) {
    if (number == 0 || learnt_.size() >= SCHED_MAX_COMMS) return {};
    learnt_.emplace(named.comm, number);
    return numbers_->learn(named.comm, number);
  }
  if (known->second == number || known->second == kSeveral) return {};
  known->second = kSeveral;
  numbers_->forget(named.comm);
  return {};
}

void GroupCounts::forget_names() {
  for (const auto& [comm, number] : learnt_) {
    if (number != kSeveral) numbers_->forget(comm);
  }
  learnt_.clear();
}

Status GroupCounts::update(Groups& groups, std::span<const Regrouped> regrouped,
                           std::span<const Named> named) {
  for (auto& [name, group] : groups) {
    if (group.number == 0) continue;
    for (const auto& readings : readings_) readings->count(group);
  }
  numbered_.clear();
  for (const auto& [tgid, group] : regrouped) {
    if (group != nullptr) give_number(groups, *group);
    numbered_.push_back({tgid, group == nullptr ? 0 : group->number});
  }
  if (!numbered_.empty()) {
    if (auto ok = numbers_->assign(numbered_); !ok) return ok;
  }
  for (const auto& one : named) {
    if (auto ok = learn(groups, one); !ok) return ok;
  }
  return {};
}

}  // namespace hx
