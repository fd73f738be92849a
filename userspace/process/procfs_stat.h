// SPDX-License-Identifier: Apache-2.0
// Parsers of the files of /proc/PID, see proc_pid_stat(5) and its neighbours.
#pragma once

#include <optional>
#include <string_view>

#include "bpf/task_iter_abi.h"

namespace hx {

// What /proc/PID/stat says, in the records' units. CPU times are what the process (or thread) shows
// to users: user + system is the exact run time, in ticks of 10 ms.
// Time blocked by I/O is of the main thread alone.
struct PidStat {
  task_thread thread{};
  task_process process{};
};
std::optional<PidStat> parse_pid_stat(std::string_view text);

// The State, Uid, VmSwap and *_ctxt_switches lines of /proc/PID/status.
struct PidStatus {
  std::uint32_t state = 0;  // kernel bits
  std::uint32_t euid = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
};
std::optional<PidStatus> parse_pid_status(std::string_view text);

// The read_bytes and write_bytes lines of /proc/PID/io.
struct PidIo {
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
};
std::optional<PidIo> parse_pid_io(std::string_view text);

// The soft "Max open files" of /proc/PID/limits; 2^64-1 for "unlimited".
std::optional<std::uint64_t> parse_fd_limit(std::string_view text);
// The second number of /proc/PID/schedstat: time spent waiting on a run queue.
std::optional<std::uint64_t> parse_run_delay(std::string_view text);
// The btime line of /proc/stat: when the host booted, in seconds since the epoch.
std::optional<std::int64_t> parse_boot_time(std::string_view text);

}  // namespace hx
