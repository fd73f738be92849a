// SPDX-License-Identifier: Apache-2.0
#include "process/procfs_stat.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::uint64_t kTickNs = 10'000'000;  // USER_HZ is 100 on every architecture we run on

// Kernel state bits for the letter of /proc/PID/stat (fs/proc/array.c).
std::uint32_t state_bits(char letter) noexcept {
  switch (letter) {
    case 'R': return 0;
    case 'S': return 1;
    case 'D': return 2;
    case 'T': return 4;
    case 't': return 8;
    case 'X': return 0x10;
    case 'Z': return 0x20;
    case 'P': return 0x40;
    default: return 0x402;  // I
  }
}

// Numbers 4 to 24 of the line, which begin behind the state letter.
constexpr std::size_t kFirstField = 4;
constexpr std::size_t kFields = 21;
constexpr std::size_t kBlockedField = 42;
using Fields = std::array<std::uint64_t, kFields>;

std::optional<Fields> parse_fields(std::string_view& text) {
  Fields fields{};
  for (auto& field : fields) {
    const auto value = to_i64(next_field(text));
    if (!value) return std::nullopt;
    field = static_cast<std::uint64_t>(*value);
  }
  return fields;
}

}  // namespace

std::optional<PidStat> parse_pid_stat(std::string_view text) {
  const auto open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  const auto pid = to_number<std::uint32_t>(trim(text.substr(0, open)));
  std::string_view rest = trim(text.substr(close + 1));
  const auto letter = next_field(rest);
  const auto fields = parse_fields(rest);
  for (std::size_t i = kFirstField + kFields; i < kBlockedField; ++i) next_field(rest);
  const auto blocked_ticks = to_u64(next_field(rest)).value_or(0);
  if (!pid || letter.size() != 1 || !fields) return {};
  const auto field = [&](std::size_t number) { return (*fields)[number - kFirstField]; };

  PidStat stat;
  auto& t = stat.thread;
  t.pid = *pid;
  t.tgid = *pid;
  t.state = state_bits(letter[0]);
  t.flags = static_cast<std::uint32_t>(field(9));
  t.start_ns = field(22) * kTickNs;
  const auto comm = text.substr(open + 1, close - open - 1);
  std::memcpy(t.comm, comm.data(), std::min<std::size_t>(comm.size(), TASK_COMM_BYTES - 1));
  t.counters.minor_faults = field(10);
  t.counters.major_faults = field(12);
  t.counters.utime_ns = field(14) * kTickNs;
  t.counters.stime_ns = field(15) * kTickNs;
  t.counters.blocked_io_ns = blocked_ticks * kTickNs;
  t.counters.runtime_ns = t.counters.utime_ns + t.counters.stime_ns;
  stat.process.ppid = static_cast<std::uint32_t>(field(4));
  stat.process.threads = static_cast<std::uint32_t>(field(20));
  stat.process.virtual_pages = field(23);  // bytes here: the source knows the page size
  stat.process.resident_pages = field(24);
  return stat;
}

std::optional<PidStatus> parse_pid_status(std::string_view text) {
  PidStatus status;
  bool has_uid = false;
  std::string_view line;
  while (next_line(text, line)) {
    const auto key = cut(line, ':');
    const auto number = [&] { return to_u64(next_field(line)).value_or(0); };
    if (key == "State") {
      const auto letter = next_field(line);
      if (letter.size() == 1) status.state = state_bits(letter[0]);
    } else if (key == "Uid") {
      next_field(line);  // the real one
      const auto euid = to_number<std::uint32_t>(next_field(line));
      if (!euid) return {};
      status.euid = *euid;
      has_uid = true;
    } else if (key == "VmSwap") {
      status.swapped_bytes = number() * 1024;
    } else if (key == "voluntary_ctxt_switches") {
      status.voluntary_switches = number();
    } else if (key == "nonvoluntary_ctxt_switches") {
      status.involuntary_switches = number();
    }
  }
  if (!has_uid) return {};
  return status;
}

std::optional<PidIo> parse_pid_io(std::string_view text) {
  PidIo io;
  int found = 0;
  std::string_view line;
  while (next_line(text, line)) {
    const auto key = cut(line, ':');
    if (key != "read_bytes" && key != "write_bytes") continue;
    const auto value = to_u64(trim(line));
    if (!value) return {};
    (key == "read_bytes" ? io.read_bytes : io.write_bytes) = *value;
    ++found;
  }
  if (found != 2) return {};
  return io;
}

std::optional<std::uint64_t> parse_fd_limit(std::string_view text) {
  constexpr std::string_view kName = "Max open files";
  std::string_view line;
  while (next_line(text, line)) {
    if (!line.starts_with(kName)) continue;
    line.remove_prefix(kName.size());
    const auto soft = next_field(line);
    if (soft == "unlimited") return std::numeric_limits<std::uint64_t>::max();
    return to_u64(soft);
  }
  return {};
}

std::optional<std::uint64_t> parse_run_delay(std::string_view text) {
  next_field(text);
  return to_u64(next_field(text));
}

std::optional<std::int64_t> parse_boot_time(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    if (next_field(line) == "btime") return to_i64(trim(line));
  }
  return {};
}

}  // namespace hx
