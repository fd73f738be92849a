// SPDX-License-Identifier: Apache-2.0
// TCP connections in a network namespace of their own, against what the kernel counts of that one.
#include <doctest/doctest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>
#include <sstream>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "bpf/support.h"
#include "bpf/tcp_listener.h"

namespace hx::test {
namespace {

// Tcp of /proc/net/snmp, of the network namespace of the thread that asks.
std::map<std::string, double> tcp_of_snmp() {
  std::ifstream file("/proc/thread-self/net/snmp");
  std::map<std::string, double> counts;
  std::string names, values;
  while (std::getline(file, names) && std::getline(file, values)) {
    if (!names.starts_with("Tcp:")) continue;
    std::istringstream name(names), value(values);
    std::string field, number;
    while (name >> field && value >> number) counts[field] = std::atof(number.c_str());
  }
  return counts;
}

bool bring_up_loopback() {
  const Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP;
  return ::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
}

// What the kernel has counted of `work` in a new network namespace; empty where none is to be had.
std::map<std::string, double> in_new_network(const std::function<void()>& work) {
  std::map<std::string, double> counted;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0 || !bring_up_loopback()) return;
    work();
    counted = tcp_of_snmp();
  }).join();
  return counted;
}

// The rest of the host goes on meanwhile.
constexpr double kOthers = 100;

}  // namespace

TEST_CASE("tcp: connections of any network namespace are counted where they are opened and taken") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("tcp", {.fs = fs});
  auto before = scrape(*probe);
  constexpr int kConnections = 300;
  auto counted = in_new_network([] {
    Listener listener(8);
    for (int i = 0; i < kConnections; ++i) {
      const Fd client = listener.connect();
      const Fd server(::accept(listener.fd(), nullptr, nullptr));
    }
  });
  auto after = scrape(*probe);
  if (counted.empty()) {
    MESSAGE("skipped: no network namespace here");
    return;
  }
  REQUIRE(counted["ActiveOpens"] == kConnections);
  REQUIRE(counted["PassiveOpens"] == kConnections);
  for (const auto* name : {"node_tcp_connects_total", "node_tcp_accepts_total"}) {
    CAPTURE(name);
    CHECK(after[name] - before[name] >= kConnections);
    CHECK(after[name] - before[name] <= kConnections + kOthers);
  }
}

TEST_CASE("tcp: what is sent again is counted") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("tcp", {.fs = fs});
  auto before = scrape(*probe);
  constexpr int kWaiting = 20;
  auto counted = in_new_network([] {
    Listener full(0);  // has room for one; the others ask again after a second
    std::vector<Fd> clients;
    for (int i = 0; i < kWaiting; ++i) clients.push_back(full.connect(SOCK_NONBLOCK));
    sleep_ms(1'500);
  });
  auto after = scrape(*probe);
  if (counted.empty()) {
    MESSAGE("skipped: no network namespace here");
    return;
  }
  REQUIRE(counted["RetransSegs"] >= kWaiting - 2);
  const double grown = after["node_tcp_retransmits_total"] - before["node_tcp_retransmits_total"];
  CHECK(grown >= counted["RetransSegs"]);
  CHECK(grown <= counted["RetransSegs"] + kOthers);
}

}  // namespace hx::test
