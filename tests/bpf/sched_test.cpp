// SPDX-License-Identifier: Apache-2.0
// The run-queue histogram against waits of known length.
#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "bpf/support.h"
#include "probes/probe.h"

namespace hx::test {
namespace {

// Field 2 of /proc/self/schedstat: what the kernel says we waited, in seconds.
double own_wait() {
  std::ifstream file("/proc/self/schedstat");
  double ran = 0, waited = 0;
  file >> ran >> waited;
  return waited * 1e-9;
}

constexpr const char* kCount = "node_runqueue_latency_seconds_count";
constexpr const char* kSum = "node_runqueue_latency_seconds_sum";

}  // namespace

TEST_CASE("sched: each wakeup of a sleeper is one observation") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("sched", {.fs = fs});
  auto before = scrape(*probe);
  for (int i = 0; i < 500; ++i) sleep_ms(1);
  auto after = scrape(*probe);
  CHECK(after[kCount] - before[kCount] >= 500);
}

TEST_CASE("sched: two busy loops on one CPU wait as long as the kernel says") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("sched", {.fs = fs});
  auto before = scrape(*probe);
  std::array<int, 2> pipe_fds{};
  REQUIRE(::pipe(pipe_fds.data()) == 0);
  std::array<pid_t, 2> children{};
  for (auto& pid : children) {
    pid = ::fork();
    if (pid == 0) {
      pin_to_cpu0();
      spin_ms(1000);
      const double waited = own_wait();
      [[maybe_unused]] const auto n = ::write(pipe_fds[1], &waited, sizeof(waited));
      ::_exit(0);
    }
  }
  double waited = 0;
  for (const auto pid : children) {
    double one = 0;
    REQUIRE(::read(pipe_fds[0], &one, sizeof(one)) == sizeof(one));
    waited += one;
    ::waitpid(pid, nullptr, 0);
  }
  ::close(pipe_fds[0]);
  ::close(pipe_fds[1]);
  auto after = scrape(*probe);
  const double sum = after[kSum] - before[kSum];
  MESSAGE("histogram sum " << sum << " s, the two waited " << waited << " s");
  CHECK(waited > 0.7);
  // Everything else on the machine waits as well: the sum may be larger, never smaller.
  CHECK(sum >= waited * 0.99);
  // They take turns in slices of milliseconds.
  const auto between = [&](const char* low, const char* high) {
    const std::string bucket = "node_runqueue_latency_seconds_bucket{le=\"";
    const auto grown = [&](const char* le) {
      return after[bucket + le + "\"}"] - before[bucket + le + "\"}"];
    };
    return grown(high) - grown(low);
  };
  CHECK(between("0.000512", "0.016384") >= 50);
}

TEST_CASE("sched: the histogram is cumulative and its buckets end at 67 seconds") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("sched", {.fs = fs});
  sleep_ms(20);
  const auto series = scrape(*probe);
  double last = 0;
  int buckets = 0;
  double inf = -1;
  std::map<double, double> by_bound;
  for (const auto& [name, value] : series) {
    const auto at = name.find("le=\"");
    if (at == std::string::npos) continue;
    ++buckets;
    if (name.find("+Inf") != std::string::npos)
      inf = value;
    else
      by_bound[std::strtod(name.c_str() + at + 4, nullptr)] = value;
  }
  for (const auto& [bound, value] : by_bound) {
    CHECK(value >= last);
    last = value;
  }
  CHECK(buckets == 28);
  CHECK(by_bound.begin()->first == doctest::Approx(1e-6));
  CHECK(by_bound.rbegin()->first == doctest::Approx(67.108864));
  CHECK(inf == series.at(kCount));
}

}  // namespace hx::test
