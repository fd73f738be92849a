// SPDX-License-Identifier: Apache-2.0
// Proportional memory of processes (PSS), from /proc/PID/smaps_rollup: a thread of its own reads a
// few processes each second, because the kernel walks all pages of a process for it and stops what
// changes its mappings meanwhile. See the kernel's Documentation/filesystems/proc.rst.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
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

struct MemorySample {
  ProcessId process;
  ProportionalMemory memory;
  std::chrono::steady_clock::time_point at;
};

// Of the text of smaps_rollup; nothing where it lacks Pss.
std::optional<ProportionalMemory> parse_smaps_rollup(std::string_view text);

// Which process is to be sampled when, and what came of it. For one thread; MemorySampler has it
// run in the background.
class SamplingPlan {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kInterval{30};  // at most so often is a process read

  explicit SamplingPlan(const HostFs& fs) : fs_(fs) {}

  // A process that is to be sampled until it is gone. Before all that have been.
  void add(ProcessId process);
  // Reads those that are due, oldest first, while `goes_on` says so.
  template <class GoesOn>
  void run(Clock::time_point now, std::vector<MemorySample>& samples, GoesOn goes_on) {
    while (!due_.empty() && due_.front().at <= now && goes_on()) read_next(now, samples);
  }

 private:
  struct Due {
    ProcessId process;
    Clock::time_point at;
  };
  void read_next(Clock::time_point now, std::vector<MemorySample>& samples);

  const HostFs& fs_;
  std::deque<Due> due_;                                      // by time
  std::unordered_map<std::uint32_t, std::uint64_t> starts_;  // of those in due_, by pid
};

class MemorySampler {
 public:
  // Of one CPU: what the thread uses at most.
  static constexpr double kCpuShare = 0.005;

  explicit MemorySampler(const HostFs& fs);
  ~MemorySampler();
  MemorySampler(const MemorySampler&) = delete;
  MemorySampler& operator=(const MemorySampler&) = delete;

  // Called by the scrape; both are quick.
  void add(const std::vector<ProcessId>& processes);
  std::vector<MemorySample> take();

 private:
  void work();

  SamplingPlan plan_;  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<ProcessId> added_;
  std::vector<MemorySample> samples_;  // not yet taken
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hx
