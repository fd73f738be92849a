// SPDX-License-Identifier: Apache-2.0
// What the kernel programs of this process cost, by the kernel's own statistics
// (bpf_prog_get_info_by_fd).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

struct bpf_object;

namespace hx {

struct ProgramCost {
  std::string name;  // "sched/on_sched_switch"
  // While somebody has the kernel count them: kernel.bpf_stats_enabled, or a StatsWindow.
  std::uint64_t runs = 0, run_ns = 0;
  // Always: runs that were left out because the program was running on the same CPU.
  std::uint64_t recursion_misses = 0;
};

// Of all programs that are loaded, in the order of loading. Thread-safe.
std::vector<ProgramCost> program_costs();

struct VerifierWork {
  std::string name;                // as above
  std::uint32_t instructions = 0;  // that the verifier has looked at, with all branches
};

// Of all programs that are loaded. Older kernels verify each again for it: not on the scrape path.
std::vector<VerifierWork> verifier_work();

// Called by Skeleton.
void note_programs(const bpf_object* object);
void forget_programs(const bpf_object* object) noexcept;

// While it lives the kernel counts the runs of all programs, which costs each about 0.1 us.
class StatsWindow {
 public:
  static Result<StatsWindow> open();

 private:
  explicit StatsWindow(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace hx
