// SPDX-License-Identifier: Apache-2.0
// What kernel programs count by name group: they count under numbers, user space gives groups their
// numbers and adds up what has been counted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "bpf/block_abi.h"
#include "bpf/tcp_abi.h"
#include "process/group.h"

namespace hx {

struct NumberedProcess {
  std::uint32_t tgid = 0;
  std::uint32_t number = 0;
};

// The maps that have the numbers of tasks, see bpf/lib/sched_tasks.bpf.h; -1: there is none.
struct TaskMaps {
  int tasks_fd = -1, places_fd = -1;
};

// Who tells the kernel the numbers of groups, see bpf/sched.bpf.c.
class GroupNumbers {
 public:
  virtual ~GroupNumbers() = default;

  // Groups have numbers below this one, and above 0, which is of who is in none.
  virtual std::uint32_t count() const = 0;
  // The threads of these processes, and those that they make, count for these numbers from now on.
  virtual Status assign(std::span<const NumberedProcess> processes) = 0;
  // Who calls exec and has this name afterwards counts for this number, until it is assigned one.
  virtual Status learn(const Comm& comm, std::uint32_t number) = 0;
  virtual void forget(const Comm& comm) = 0;
  virtual TaskMaps task_maps() const = 0;
};

// What one program has counted under them.
template <class Counts>
class CountSource {
 public:
  virtual ~CountSource() = default;

  // Since the program was loaded; `of` as in the group's array of such counts.
  virtual Counts read(std::uint32_t number, std::size_t of) const = 0;
};
using TimesSource = CountSource<hist_times>;

class TcpSource : public CountSource<tcp_group> {
 public:
  // Whether this kernel lets bytes be counted.
  virtual bool has_bytes() const = 0;
};

// Block requests that no group made, by control group, see bpf/lib/block_owner.bpf.h.
class CgroupSource {
 public:
  struct Entry {
    block_cgroup_key key;
    hist_times value;
  };
  virtual ~CgroupSource() = default;

  // Since the program was loaded. Valid until the next call.
  virtual Result<std::span<const Entry>> read() = 0;
  // Makes room. What it counts from then on begins at nothing.
  virtual void forget(const block_cgroup_key& key) = 0;
};

// What is null does not run.
struct GroupSources {
  std::shared_ptr<GroupNumbers> numbers;
  std::shared_ptr<TimesSource> waits;
  std::shared_ptr<TimesSource> slices;
  std::shared_ptr<TimesSource> block;
  std::shared_ptr<CgroupSource> block_cgroups;
  std::shared_ptr<TcpSource> tcp;
};

class GroupCounts {
 public:
  explicit GroupCounts(const GroupSources& sources);

  // After a snapshot: tells the kernel who belongs where now, and adds to the groups what has been
  // counted for them since the last call. `groups` are all that there are.
  // `named` are the names that have decided a group.
  Status update(Groups& groups, std::span<const Regrouped> regrouped, std::span<const Named> named);
  // Names may mean other groups now.
  void forget_names();

 private:
  // Of one source.
  class Readings {
   public:
    virtual ~Readings() = default;
    virtual void count(Group& group) = 0;
    virtual void skip(const Group& group) = 0;  // what has been counted is another's
  };
  template <class Counts, class Totals>
  class ReadingsOf;

  std::uint32_t number_for(const Groups& groups);
  void give_number(Groups& groups, Group& group);
  Status learn(Groups& groups, const Named& named);

  std::shared_ptr<GroupNumbers> numbers_;
  std::vector<std::unique_ptr<Readings>> readings_;
  std::uint32_t next_ = 1;                 // no number from here on has been given
  std::map<Comm, std::uint32_t> learnt_;   // kSeveral for who has been in several groups
  std::vector<NumberedProcess> numbered_;  // reused
};

}  // namespace hx
