// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kNames =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n";

std::string socket(std::string_view queues) {
  return "  28: 0100007F:0035 00000000:0000 07 " + std::string(queues) +
         " 00:00000000 00000000   101        0 12345 2 0000000000000000 0\n";
}

std::string value(const Scrape& scrape, std::string_view ip, std::string_view queue) {
  return scrape.value("node_udp_queues{ip=\"" + std::string(ip) + "\",queue=\"" +
                      std::string(queue) + "\"}");
}

}  // namespace

TEST_CASE("udp_queues: the queues of all sockets of a protocol are summed") {
  const TempHost host;
  host.write("proc/net/udp",
             std::string(kNames) + socket("00000001:00000010") + socket("0000000A:000000FF"));
  host.write("proc/net/udp6", std::string(kNames) + socket("00000002:00000003"));
  const auto scrape = scrape_collector("udp_queues", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "v4", "tx") == "11");
  CHECK(value(scrape, "v4", "rx") == "271");
  CHECK(value(scrape, "v6", "tx") == "2");
  CHECK(value(scrape, "v6", "rx") == "3");
}

TEST_CASE("udp_queues: a host may have one of the protocols, or none") {
  const TempHost host;
  const auto none = scrape_collector("udp_queues", host.fs());
  REQUIRE_FALSE(none.status);
  CHECK(none.status.error().is_absent());
  host.write("proc/net/udp6", kNames);
  const auto v6 = scrape_collector("udp_queues", host.fs());
  REQUIRE(v6.status);
  CHECK(value(v6, "v6", "rx") == "0");
  CHECK(parse_exposition(v6.text).size() == 2);
}

TEST_CASE("udp_queues: a malformed line costs that line only") {
  const TempHost host;
  host.write("proc/net/udp", "\nx\n" + socket("1") + socket("x:1") + socket("1:") +
                                 socket("11111111111111111:1") + socket("1:2") + "  29: 0100");
  const auto scrape = scrape_collector("udp_queues", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "v4", "tx") == "1");
  CHECK(value(scrape, "v4", "rx") == "2");
}

}  // namespace hx::test
