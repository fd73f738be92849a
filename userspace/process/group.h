// SPDX-License-Identifier: Apache-2.0
// A name group: the only entity that is exported.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bpf/block_abi.h"
#include "bpf/lib/hist_abi.h"
#include "bpf/tcp_abi.h"
#include "process/counters.h"

namespace hx {

// States as process-exporter names them, in the order of its label values.
enum State { kOther, kRunning, kSleeping, kWaiting, kZombie, kStates };
State state_of(std::uint32_t kernel_bits) noexcept;

enum ExitReason { kExitOk, kExitError, kExitSignal, kExitOom, kExitReasons };

// Sums over the processes of one snapshot.
struct Gauges {
  std::uint64_t processes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  double worst_fd_ratio = 0;
  std::uint64_t oldest_start_ns = 0;  // since boot; 0: no process
  std::uint64_t resident_pages = 0;
  std::uint64_t virtual_pages = 0;
  std::uint64_t swapped_pages = 0;
  std::array<std::uint64_t, kStates> states{};
  // Of the processes that have been sampled, as of their last sample.
  std::uint64_t sampled = 0;
  std::uint64_t proportional_resident_bytes = 0, proportional_swapped_bytes = 0;
  std::vector<std::uint32_t> waits;  // threads by where they wait, see Tracker::wait_names()
  std::chrono::steady_clock::time_point oldest_sample =
      std::chrono::steady_clock::time_point::max();
};

struct Counted {
  task_counters counters{};
  CpuTimes cpu;

  void operator+=(const Credited::Growth& growth) {
    add(counters, growth.counters);
    cpu.user_ns += growth.cpu.user_ns;
    cpu.system_ns += growth.cpu.system_ns;
  }
};

// Threads of one name in the group's processes that have two or more; exported while there are any.
struct ThreadGroup {
  std::uint64_t count = 0;  // in this snapshot
  Counted counted;
};

// A histogram of times, by the slots of bpf/lib/hist_abi.h.
struct Times {
  std::array<unsigned long long, HIST_TIME_SLOTS> slots{};
  std::uint64_t sum_ns = 0;

  // Adds what the kernel has counted between two readings; its slots wrap.
  void add_growth(const hist_times& from, const hist_times& to) {
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] += to.slots[i] - from.slots[i];
    sum_ns += to.sum_ns - from.sum_ns;
  }
  void operator+=(const Times& more) {
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] += more.slots[i];
    sum_ns += more.sum_ns;
  }
  bool empty() const {
    return std::all_of(slots.begin(), slots.end(), [](auto count) { return count == 0; });
  }
};

// Block I/O by operation: reads and writes.
using BlockTimes = std::array<Times, BLOCK_OWNER_OPS>;

// What its sockets did.
struct TcpTotals {
  std::uint64_t sent_bytes = 0, received_bytes = 0;
  std::uint64_t connects = 0, accepts = 0;
  std::uint64_t retransmits = 0;

  void add_growth(const tcp_group& from, const tcp_group& to) {
    sent_bytes += to.sent_bytes - from.sent_bytes;
    received_bytes += to.received_bytes - from.received_bytes;
    connects += to.connects - from.connects;
    accepts += to.accepts - from.accepts;
    retransmits += to.retransmits - from.retransmits;
  }
  bool empty() const {
    return (sent_bytes | received_bytes | connects | accepts | retransmits) == 0;
  }
};

struct Group {
  bool shown = false;  // has had a process: from then on it is exported, empty or not
  Gauges gauges;
  Counted counted;
  std::uint64_t started = 0;
  std::optional<std::uint64_t> throttled_ns;  // see Quotas; nothing: it has been under no quota
  std::array<std::uint64_t, kExitReasons> exited{};
  std::map<std::uint32_t, std::uint64_t> killed;  // by signal, of kExitSignal and kExitOom
  std::map<std::string, ThreadGroup, std::less<>> threads;  // by comm
  std::uint32_t number = 0;                                 // see GroupCounts
  Times waits;                                              // of its threads, on run queues
  Times slices;                                             // of its threads, on CPUs
  BlockTimes block;                                         // of the requests that they made
  TcpTotals tcp;
};

// By name. Processes point to them.
using Groups = std::map<std::string, Group, std::less<>>;

using Comm = std::array<char, TASK_COMM_BYTES>;

// The group of a process has been decided by what it is called and runs, and by nobody's else;
// null: by none.
struct Named {
  Comm comm{};  // with zeroes behind it
  Group* group = nullptr;
};

// A process has another group than before; null: it is in none.
struct Regrouped {
  std::uint32_t tgid = 0;
  Group* group = nullptr;
};

}  // namespace hx
