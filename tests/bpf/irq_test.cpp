// SPDX-License-Identifier: Apache-2.0
// Softirqs and interrupts against what /proc counts of them.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/fd.h"
#include "base/softirq_names.h"
#include "bpf/support.h"

namespace hx::test {
namespace {

using Counts = std::map<std::string, double>;

// "NET_RX:  12  34" as net_rx and 46; a line of /proc/interrupts by its number.
Counts read_counts(const char* path) {
  Counts counts;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    name.pop_back();
    double count = 0;
    while (fields >> count) counts[name] += count;
  }
  return counts;
}

void send_datagrams(int count) {
  const Fd from(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < count; ++i) {
    ::sendto(from.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  }
}

// The host goes on meanwhile, so what it counts is read before and after each scrape: between them
// lies what the probe must have counted.
struct Window {
  Counts proc[4];
  std::map<std::string, double> before, after;

  Window(Collector& probe, const char* path, const std::function<void()>& work) {
    proc[0] = read_counts(path);
    before = scrape(probe);
    proc[1] = read_counts(path);
    work();
    proc[2] = read_counts(path);
    after = scrape(probe);
    proc[3] = read_counts(path);
  }
  double least(const std::string& key) { return proc[2][key] - proc[1][key]; }
  double most(const std::string& key) { return proc[3][key] - proc[0][key]; }
  double grown(const std::string& series) { return after[series] - before[series]; }
};

std::string softirq(const std::string& family, std::string_view vector) {
  return "node_softirq_" + family + "{vector=\"" + std::string(vector) + "\"}";
}

}  // namespace

TEST_CASE("irq: each softirq that /proc counts is counted, with its time and how late it was") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("irq", {.fs = fs});
  const auto start = std::chrono::steady_clock::now();
  Window window(*probe, "/proc/softirqs", [] {
    for (int i = 0; i < 20; ++i) {
      send_datagrams(20);
      sleep_ms(5);
    }
  });
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const auto vector : kSoftirqNames) {
    const std::string key(vector == "block_iopoll" ? "irq_poll" : vector);
    CAPTURE(key);
    // One of each may be running on a CPU where it is counted, and not yet over.
    const double cpus = std::thread::hardware_concurrency();
    const double count = window.grown(softirq("seconds_count", vector));
    CHECK(count >= window.least(key) - cpus);
    CHECK(count <= window.most(key) + cpus);
    CHECK(window.grown(softirq("seconds_sum", vector)) <= wall * cpus);
    CHECK(window.grown(softirq("latency_seconds_count", vector)) <= count + cpus);
  }
  CHECK(window.grown(softirq("seconds_count", "net_rx")) >= 20);
  CHECK(window.grown(softirq("seconds_sum", "net_rx")) > 20e-6);
  CHECK(window.grown(softirq("latency_seconds_count", "net_rx")) >= 20);
  CHECK(window.grown(softirq("latency_seconds_sum", "net_rx")) > 0);
  CHECK(window.grown(softirq("latency_seconds_count", "timer")) > 0);
}

TEST_CASE("irq: each interrupt that /proc counts is counted under its number and name") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("irq", {.fs = fs});
  Window window(*probe, "/proc/interrupts", [] {
    std::string path = (std::filesystem::temp_directory_path() / "hx-irq-XXXXXX").string();
    const Fd file(::mkstemp(path.data()));
    ::unlink(path.c_str());
    for (int i = 0; i < 5; ++i) {  // a disk interrupts, where there is one
      CHECK(::pwrite(file.get(), "x", 1, i * 4096L) == 1);
      ::fsync(file.get());
    }
    sleep_ms(5);
  });
  int lines = 0;
  for (const auto& entry : window.after) {
    const auto& series = entry.first;
    constexpr std::string_view kFamily = "node_irq_seconds_count{irq=\"";
    if (!series.starts_with(kFamily)) continue;
    ++lines;
    const auto number =
        series.substr(kFamily.size(), series.find('"', kFamily.size()) - kFamily.size());
    CAPTURE(series);
    CHECK(series.find("name=\"\"") == std::string::npos);
    CHECK(window.grown(series) >= window.least(number) - 1);
    CHECK(window.grown(series) <= window.most(number) + 1);
  }
  MESSAGE(lines << " interrupts");
  CHECK(window.after["host_exporter_irqs_uncounted_total"] == 0);
}

}  // namespace hx::test
