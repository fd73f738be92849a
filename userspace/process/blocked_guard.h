// SPDX-License-Identifier: Apache-2.0
// Makes what the kernel says of time blocked by I/O fit to be counted.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace hx {

// Kernels that delay dequeueing (6.12 and later) may note the begin of a wait for another task than
// the one that waits: the first wait of a thread then lasts since boot (seen on 6.18, where one
// thread in eight had it). Nobody waits longer than the time that has passed: what a thread's total
// has grown beyond that is left out, as a whole.
class BlockedGuard {
 public:
  // What to count of a thread that started then, told now: never more than `total_ns`.
  std::uint64_t plausible(std::uint32_t tid, std::uint64_t start_ns, std::uint64_t total_ns,
                          std::uint64_t now_ns) {
    if (total_ns == 0) return 0;
    Thread& thread = threads_[tid];
    if (thread.start_ns != start_ns) thread = {.start_ns = start_ns, .seen_ns = start_ns};
    const auto grown = total_ns > thread.total_ns ? total_ns - thread.total_ns : 0;
    const auto passed = now_ns > thread.seen_ns ? now_ns - thread.seen_ns : 0;
    if (grown > passed + kSlackNs) thread.left_out_ns += grown;
    thread.total_ns += grown;
    thread.seen_ns = now_ns;
    return total_ns > thread.left_out_ns ? total_ns - thread.left_out_ns : 0;
  }

  void forget(std::uint32_t tid) { threads_.erase(tid); }
  // Those that have not been told since.
  void forget_unseen_since(std::uint64_t ns) {
    std::erase_if(threads_, [&](const auto& entry) { return entry.second.seen_ns < ns; });
  }

 private:
  // From the time of a snapshot, which is taken before it, to that of what it tells.
  static constexpr std::uint64_t kSlackNs = 5'000'000'000;

  struct Thread {
    std::uint64_t start_ns = 0;
    std::uint64_t total_ns = 0;
    std::uint64_t seen_ns = 0;
    std::uint64_t left_out_ns = 0;
  };

  std::unordered_map<std::uint32_t, Thread> threads_;  // by id; those that have been blocked
};

}  // namespace hx
