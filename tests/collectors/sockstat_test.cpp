// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kSockstat =
    "sockets: used 229\n"
    "TCP: inuse 4 orphan 0 tw 5 alloc 17 mem 3\n"
    "UDPLITE: inuse 1\n"
    "FRAG: inuse 2 memory 6\n";
constexpr const char* kSockstat6 =
    "TCP6: inuse 7\n"
    "FRAG6: inuse 8 memory 9\n";

}  // namespace

TEST_CASE("sockstat: the sockets of each protocol and version are exported") {
  const TempHost host;
  host.write("proc/net/sockstat", kSockstat);
  host.write("proc/net/sockstat6", kSockstat6);
  const auto scrape = scrape_collector("sockstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_sockstat_sockets_used") == "229");
  CHECK(scrape.value("node_sockstat_TCP_inuse") == "4");
  CHECK(scrape.value("node_sockstat_TCP_orphan") == "0");
  CHECK(scrape.value("node_sockstat_TCP_tw") == "5");
  CHECK(scrape.value("node_sockstat_TCP_alloc") == "17");
  CHECK(scrape.value("node_sockstat_TCP_mem") == "3");
  CHECK(scrape.value("node_sockstat_UDPLITE_inuse") == "1");
  CHECK(scrape.value("node_sockstat_FRAG_memory") == "6");
  CHECK(scrape.value("node_sockstat_TCP6_inuse") == "7");
  CHECK(scrape.value("node_sockstat_FRAG6_memory") == "9");
  CHECK(parse_exposition(scrape.text).size() == 1 + 6 + 1 + 2 + 1 + 2);
  CHECK(scrape.text.find("# HELP node_sockstat_TCP_tw Number of TCP sockets in state tw.\n"
                         "# TYPE node_sockstat_TCP_tw gauge\n") != std::string::npos);
}

TEST_CASE("sockstat: pages are exported as bytes too, by the size of this host's pages") {
  const TempHost host;
  host.write("proc/net/sockstat", kSockstat);
  const Syscalls sys{.sysconf = [](int) { return 65536L; }};
  const auto scrape = scrape_collector("sockstat", host.fs(), {}, sys);
  CHECK(scrape.value("node_sockstat_TCP_mem_bytes") == "196608");
}

TEST_CASE("sockstat: a host without IPv6, or without IP, lacks nothing") {
  const TempHost host;
  auto scrape = scrape_collector("sockstat", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
  host.write("proc/net/sockstat", kSockstat);
  scrape = scrape_collector("sockstat", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.value("node_sockstat_TCP_inuse") == "4");
}

TEST_CASE("sockstat: a file without a good line is an error") {
  const TempHost host;
  for (const std::string file : {"proc/net/sockstat6", "proc/net/sockstat"}) {
    for (const std::string text : {"", "\n", "TCP:", "TCP: inuse", "TCP: inuse x", "TCP inuse 1"}) {
      CAPTURE(text);
      host.write(file, text);
      const auto scrape = scrape_collector("sockstat", host.fs());
      REQUIRE_FALSE(scrape.status);
      CHECK(scrape.status.error().message() == "parse " + file + ": Bad message");
      CHECK(scrape.text.empty());
    }
  }
}

TEST_CASE("sockstat: unknown and malformed parts are skipped, the line ends at a broken number") {
  const TempHost host;
  host.write("proc/net/sockstat",
             "sockets: used 1 inuse 2\n"
             "TCP: inuse 3 new 4 tw 5 alloc x mem 6\n"
             "T\"P: inuse 7\n"
             "UDP: inuse -8 mem 9223372036854775807\n");
  const auto scrape = scrape_collector("sockstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_sockstat_sockets_used") == "1");
  CHECK(scrape.value("node_sockstat_TCP_inuse") == "3");
  CHECK(scrape.value("node_sockstat_TCP_tw") == "5");
  CHECK(scrape.value("node_sockstat_UDP_inuse") == "-8");
  CHECK(scrape.value("node_sockstat_UDP_mem_bytes") != "");
  CHECK(parse_exposition(scrape.text).size() == 1 + 2 + 3);
}

}  // namespace hx::test
