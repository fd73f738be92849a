// SPDX-License-Identifier: Apache-2.0
// Run-queue latency by name group: a kernel program counts under numbers, user space gives groups
// their numbers and adds up what has been counted.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "bpf/lib/hist_abi.h"
#include "process/group.h"

namespace hx {

struct WaitCounts {
  std::array<std::uint32_t, HIST_TIME_SLOTS> slots{};  // they wrap
  std::uint64_t sum_ns = 0;
};

struct NumberedProcess {
  std::uint32_t tgid = 0;
  std::uint32_t number = 0;
};

// The kernel's side, see bpf/sched.bpf.c.
class WaitSource {
 public:
  virtual ~WaitSource() = default;

  // Groups have numbers below this one, and above 0, which is of who is in none.
  virtual std::uint32_t numbers() const = 0;
  // The threads of these processes, and those that they make, count for these numbers from now on.
  virtual Status assign(std::span<const NumberedProcess> processes) = 0;
  // Who calls exec and has this name afterwards counts for this number, until it is assigned one.
  virtual Status learn(const Comm& comm, std::uint32_t number) = 0;
  virtual void forget(const Comm& comm) = 0;
  // Since the program was loaded.
  virtual WaitCounts read(std::uint32_t number) const = 0;
};

class GroupWaits {
 public:
  explicit GroupWaits(std::shared_ptr<WaitSource> source)
      : source_(std::move(source)), counted_(source_->numbers()) {}

  // After a snapshot: tells the kernel who belongs where now, and adds to Group::waits what has
  // been counted since the last call. `groups` are all that there are.
  // `named` are the names that have decided a group.
  Status update(Groups& groups, std::span<const Regrouped> regrouped, std::span<const Named> named);
  // Names may mean other groups now.
  void forget_names();

 private:
  std::uint32_t number_for(const Groups& groups);
  void count(Group& group);
  void give_number(Groups& groups, Group& group);
  Status learn(Groups& groups, const Named& named);

  std::shared_ptr<WaitSource> source_;
  std::vector<WaitCounts> counted_;        // by number, as of the last reading
  std::uint32_t next_ = 1;                 // no number from here on has been given
  std::map<Comm, std::uint32_t> learnt_;   // kSeveral for who has been in several groups
  std::vector<NumberedProcess> numbered_;  // reused
};

}  // namespace hx
