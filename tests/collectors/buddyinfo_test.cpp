// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("buddyinfo: blocks are counted by node, zone and order") {
  const TempHost host;
  host.write("proc/buddyinfo",
             "Node 0, zone      DMA      1      0      2 \n"
             "Node 1, zone   Normal      3      2   1272 \n");
  const auto scrape = scrape_collector("buddyinfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_buddyinfo_blocks{node="0",size="2",zone="DMA"})") == "2");
  CHECK(scrape.value(R"(node_buddyinfo_blocks{node="1",size="0",zone="Normal"})") == "3");
  CHECK(parse_exposition(scrape.text).size() == 6);
}

TEST_CASE("buddyinfo: a malformed line costs what is behind the error") {
  const TempHost host;
  host.write("proc/buddyinfo",
             "\nNode 0\nNode 0, zone\nnode 0, zone A 1\nNode 0, zone B 1 x 2\n"
             "Node 0, zone B 5\nNode 0, area C 1");
  const auto scrape = scrape_collector("buddyinfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_buddyinfo_blocks{node="0",size="0",zone="B"})") == "1");
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("buddyinfo: a missing file is absent") {
  const TempHost host;
  CHECK(scrape_collector("buddyinfo", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
