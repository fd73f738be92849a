// SPDX-License-Identifier: Apache-2.0
#include "app/privileges.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "app/permissions.h"
#include "base/host_fs.h"
#include "base/sanitized.h"
#include "base/text.h"
#include "loader/features.h"

namespace hx {
namespace {

constexpr CapabilitySet bit(unsigned capability) { return CapabilitySet{1} << capability; }

// The headers of EL 8 do not have the names of the last two.
constexpr CapabilitySet kAdmin = bit(CAP_SYS_ADMIN), kSetpcap = bit(CAP_SETPCAP),
                        kReadAll = bit(CAP_DAC_READ_SEARCH), kPtrace = bit(CAP_SYS_PTRACE),
                        kPerfmon = bit(38), kBpf = bit(39);
constexpr unsigned kMaxCapability = 63;

using CapData = std::array<__user_cap_data_struct, 2>;

CapData data_of(CapabilitySet permitted, CapabilitySet effective) {
  CapData data{};
  for (unsigned half = 0; half < data.size(); ++half) {
    data[half].permitted = static_cast<__u32>(permitted >> (32 * half));
    data[half].effective = static_cast<__u32>(effective >> (32 * half));
  }
  return data;
}

CapabilitySet join(__u32 low, __u32 high) { return CapabilitySet{high} << 32 | low; }

__user_cap_header_struct own_header() { return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0}; }

// The kernel changes threads one by one, each at its own request, so each runs this in a signal
// handler, which takes no argument. Written before the first signal, and by one thread.
struct Wanted {
  CapData data{};
  CapabilitySet keep = 0;
  bool lower_bounds = false;
};
Wanted wanted;

void restrict_this_thread(int = 0) {
  const int error = errno;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (unsigned c = 0; wanted.lower_bounds && c <= kMaxCapability; ++c) {
    if ((wanted.keep & bit(c)) == 0) ::prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  auto header = own_header();
  ::syscall(SYS_capset, &header, wanted.data.data());
  errno = error;
}

int restriction_signal() { return SIGRTMIN + 4; }

void install_handler() {
  struct sigaction action {};
  action.sa_handler = restrict_this_thread;
  action.sa_flags = SA_RESTART;
  ::sigaction(restriction_signal(), &action, nullptr);
}

// The line of /proc/PID/status that shows more than was wanted; empty: none does.
std::string excess_in(std::string_view status) {
  std::string_view line;
  while (next_line(status, line)) {
    const auto whole = line;
    const auto key = next_field(line);
    const auto value = next_field(line);
    CapabilitySet allowed = 0;
    if (key == "CapPrm:" || key == "CapEff:" || (key == "CapBnd:" && wanted.lower_bounds)) {
      allowed = wanted.keep;
    } else if (key == "NoNewPrivs:") {
      if (value != "1") return std::string(whole);
      continue;
    } else if (key != "CapInh:" && key != "CapAmb:") {
      continue;
    }
    if ((hex_to_u64(value).value_or(~CapabilitySet{0}) & ~allowed) != 0) return std::string(whole);
  }
  return {};
}

// One look at all threads; asks those that have too much. Returns what the last of them has.
Result<std::string> restrict_others() {
  const HostFs own{HostRoots{}};
  const auto threads = own.list("proc/self/task");
  if (!threads) return threads.error();
  std::string excess;
  for (const auto& thread : *threads) {
    const auto status = own.read("proc/self/task/" + thread + "/status");
    if (!status) continue;  // it has ended
    const auto line = excess_in(*status);
    if (line.empty()) continue;
    excess = "thread " + thread + " has " + line;
    ::syscall(SYS_tgkill, ::getpid(), to_number<int>(thread).value_or(0), restriction_signal());
  }
  return excess;
}

}  // namespace

CapabilitySet capabilities() {
  auto header = own_header();
  CapData data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return 0;
  return join(data[0].effective, data[1].effective);
}

int level_within(CapabilitySet capabilities) noexcept {
  const auto has = [&](CapabilitySet one) { return (capabilities & (one | kAdmin)) != 0; };
  if (!has(kBpf) || !has(kPerfmon)) return kMostParanoid;
  return (~capabilities & (kPtrace | kReadAll)) == 0 ? kLeastParanoid : 1;
}

// Without capabilities for a moment, and in this thread only.
bool maps_need_capability() {
  const auto map = make_trial_map();
  if (!map) return false;  // then there is none to be read
  const auto all = capabilities();
  auto header = own_header();
  auto without = data_of(all, 0), with = data_of(all, all);
  ::syscall(SYS_capset, &header, without.data());
  const bool readable = can_read_map(map->get());
  ::syscall(SYS_capset, &header, with.data());
  return !readable;
}

CapabilitySet needed_to_serve(int level, const Options& options, bool maps_need_bpf) noexcept {
  CapabilitySet needed = 0;
  if (allows_guarded(level)) needed |= kPtrace | kReadAll;
  for (const auto name : options.collectors) {
    if (name == "perf" && allows_guarded(level)) needed |= kPerfmon;  // a CPU may come online
  }
  if (allows_programs(level) && maps_need_bpf) needed |= kBpf;
  return needed;
}

Status keep_only(CapabilitySet keep) {
  const auto has = capabilities();
  keep &= has;
  wanted = {.data = data_of(keep, keep), .keep = keep, .lower_bounds = (has & kSetpcap) != 0};
  install_handler();
  restrict_this_thread();
  constexpr std::chrono::seconds kPatience{2};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto excess = restrict_others();
    if (!excess) return excess.error();
    if (excess->empty()) return {};
    if (std::chrono::steady_clock::now() > end) {
      if (kThreadSanitizer) return {};  // its own thread is never handed a signal
      return Error{0, "capabilities could not be dropped: " + *excess};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace hx
