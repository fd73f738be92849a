// SPDX-License-Identifier: Apache-2.0
// What of a process is too costly to be read at every scrape: proportional memory (PSS), from
// /proc/PID/smaps_rollup, for which the kernel walks all its pages and stops what changes its
// mappings, and where its threads wait, from a file of each. A thread of its own reads a few
// processes each second. See the kernel's Documentation/filesystems/proc.rst.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/host_fs.h"

namespace hx {

struct ProcessId {
  std::uint32_t pid = 0;
  std::uint64_t start_ns = 0;
};

struct ProportionalMemory {
  std::uint64_t resident_bytes = 0;  // Pss
  std::uint64_t swapped_bytes = 0;   // SwapPss
};

// How many threads wait in which function of the kernel.
using Waits = std::map<std::string, std::uint32_t>;

struct ProcessSample {
  ProcessId process;
  std::optional<ProportionalMemory> memory;  // nothing: not asked for, or not to be had
  Waits waits;
  std::chrono::steady_clock::time_point at;
};

// Of the text of smaps_rollup; nothing where it lacks Pss.
std::optional<ProportionalMemory> parse_smaps_rollup(std::string_view text);

// Which process is to be sampled when, and what came of it. For one thread; Sampler has it
// run in the background.
class SamplingPlan {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kInterval{30};  // at most so often is a process read

  SamplingPlan(const HostFs& fs, bool with_memory) : fs_(fs), with_memory_(with_memory) {}

  // A process that is to be sampled until it is gone. Before all that have been.
  void add(ProcessId process);
  // Reads those that are due, oldest first, while `goes_on` says so.
  template <class GoesOn>
  void run(Clock::time_point now, std::vector<ProcessSample>& samples, GoesOn goes_on) {
    while (!due_.empty() && due_.front().at <= now && goes_on()) read_next(now, samples);
  }

 private:
  struct Due {
    ProcessId process;
    Clock::time_point at;
  };
  void read_next(Clock::time_point now, std::vector<ProcessSample>& samples);
  Result<Waits> read_waits(std::uint32_t pid) const;
  std::optional<ProportionalMemory> read_memory(std::uint32_t pid) const;

  const HostFs& fs_;
  const bool with_memory_;
  std::deque<Due> due_;                                      // by time
  std::unordered_map<std::uint32_t, std::uint64_t> starts_;  // of those in due_, by pid
};

class Sampler {
 public:
  // Of one CPU: what the thread uses at most.
  static constexpr double kCpuShare = 0.005;

  Sampler(const HostFs& fs, bool with_memory);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Called by the scrape; both are quick.
  void add(const std::vector<ProcessId>& processes);
  std::vector<ProcessSample> take();

 private:
  void work();

  SamplingPlan plan_;  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<ProcessId> added_;
  std::vector<ProcessSample> samples_;  // not yet taken
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hx
