// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string value(const Scrape& scrape, std::string_view metric, std::string_view cpu) {
  return scrape.value("node_softnet_" + std::string(metric) + "{cpu=\"" + std::string(cpu) + "\"}");
}

}  // namespace

TEST_CASE("softnet: hexadecimal columns of a CPU are exported, the CPU is one of them") {
  const TempHost host;
  host.write(
      "proc/net/softnet_stat",
      "0000000a 0000000b 0000000c 0 0 0 0 0 0000000d 0000000e 0000000f 00000010 00000000 0\n"
      "ffffffff 00000001 00000002 0 0 0 0 0 00000003 00000004 00000005 00000006 00000003 0\n");
  const auto scrape = scrape_collector("softnet", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "processed_total", "0") == "10");
  CHECK(value(scrape, "dropped_total", "0") == "11");
  CHECK(value(scrape, "times_squeezed_total", "0") == "12");
  CHECK(value(scrape, "cpu_collision_total", "0") == "13");
  CHECK(value(scrape, "received_rps_total", "0") == "14");
  CHECK(value(scrape, "flow_limit_count_total", "0") == "15");
  CHECK(value(scrape, "backlog_len", "0") == "16");
  CHECK(value(scrape, "processed_total", "3") == "4294967295");
}

TEST_CASE("softnet: of an older kernel the place of a line tells its CPU") {
  const TempHost host;
  host.write("proc/net/softnet_stat", "1 2 3 0 0 0 0 0 4\n5 6 7 0 0 0 0 0 8 9 a\n");
  const auto scrape = scrape_collector("softnet", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "processed_total", "0") == "1");
  CHECK(value(scrape, "received_rps_total", "0") == "0");
  CHECK(value(scrape, "processed_total", "1") == "5");
  CHECK(value(scrape, "flow_limit_count_total", "1") == "10");
}

TEST_CASE("softnet: a malformed line and a repeated CPU cost that line only") {
  const TempHost host;
  host.write("proc/net/softnet_stat",
             "1 2 3\nx 2 3 0 0 0 0 0 4\n0x1 2 3 0 0 0 0 0 4\n"
             "1 2 3 0 0 0 0 0 4 5 6 7 1\n9 2 3 0 0 0 0 0 4 5 6 7 1\n");
  const auto scrape = scrape_collector("softnet", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "processed_total", "1") == "1");
  CHECK(parse_exposition(scrape.text).size() == 7);
}

TEST_CASE("softnet: a missing file is absent, one without a good line is an error") {
  const TempHost host;
  const auto missing = scrape_collector("softnet", host.fs());
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  host.write("proc/net/softnet_stat", "\n");
  CHECK(scrape_collector("softnet", host.fs()).status.error().message() ==
        "parse proc/net/softnet_stat: Bad message");
}

}  // namespace hx::test
