// SPDX-License-Identifier: Apache-2.0
// Arithmetic on what the kernel counts for tasks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "bpf/task_abi.h"

namespace hx {

// Applies `f(field of a, field of b)` to each field.
template <class F>
void for_each_field(task_counters& a, const task_counters& b, F f) {
  f(a.runtime_ns, b.runtime_ns);
  f(a.utime_ns, b.utime_ns);
  f(a.stime_ns, b.stime_ns);
  f(a.voluntary_switches, b.voluntary_switches);
  f(a.involuntary_switches, b.involuntary_switches);
  f(a.minor_faults, b.minor_faults);
  f(a.major_faults, b.major_faults);
  f(a.read_bytes, b.read_bytes);
  f(a.write_bytes, b.write_bytes);
  f(a.run_delay_ns, b.run_delay_ns);
  f(a.blocked_io_ns, b.blocked_io_ns);
  f(a.blocked_other_ns, b.blocked_other_ns);
}

inline void add(task_counters& sum, const task_counters& more) {
  for_each_field(sum, more, [](auto& a, auto b) { a += b; });
}

// The same of what is told of threads when they end.
template <class Sum>
void add_end_times(Sum& sum, const task_end_times& more) {
  sum.runtime_ns += more.runtime_ns;
  sum.run_delay_ns += more.run_delay_ns;
  sum.blocked_io_ns += more.blocked_io_ns;
  sum.blocked_other_ns += more.blocked_other_ns;
}

// Time on a CPU, split as /proc shows it.
struct CpuTimes {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
};

// Splits the exact run time in the ratio of the sampled utime and stime, and lets neither part fall
// below what was last shown: cputime_adjust() of kernel/sched/cputime.c.
inline CpuTimes split_runtime(const task_counters& c, const CpuTimes& last) {
  const std::uint64_t runtime = c.runtime_ns;
  if (last.user_ns + last.system_ns >= runtime) return last;
  std::uint64_t system = runtime;
  if (c.stime_ns == 0) {
    system = 0;
  } else if (c.utime_ns != 0) {
    __extension__ using Wide = unsigned __int128;
    system = static_cast<std::uint64_t>(static_cast<Wide>(c.stime_ns) * runtime /
                                        (c.utime_ns + c.stime_ns));
  }
  system = std::max(system, last.system_ns);
  std::uint64_t user = runtime - system;
  if (user < last.user_ns) {
    user = last.user_ns;
    system = runtime - user;
  }
  return {user, system};
}

// What has been counted of one task or process. grow() brings it up to new totals and returns what
// was added; a total that has fallen (a thread that ended a moment ago) adds nothing and waits
// until it has caught up, so that no counter goes backwards and nothing counts twice.
class Credited {
 public:
  struct Growth {
    task_counters counters{};
    CpuTimes cpu;
  };

  Growth grow(const task_counters& totals) {
    Growth growth;
    growth.counters = totals;
    for_each_field(growth.counters, totals_, [](auto& a, auto b) { a = a > b ? a - b : 0; });
    for_each_field(totals_, totals, [](auto& a, auto b) { a = std::max<std::uint64_t>(a, b); });
    const CpuTimes now = split_runtime(totals_, cpu_);
    growth.cpu = {now.user_ns - cpu_.user_ns, now.system_ns - cpu_.system_ns};
    cpu_ = now;
    return growth;
  }

  const task_counters& totals() const noexcept { return totals_; }

 private:
  task_counters totals_{};
  CpuTimes cpu_;
};

}  // namespace hx
