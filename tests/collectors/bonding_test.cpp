// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string value(const Scrape& scrape, std::string_view metric, std::string_view master) {
  return scrape.value("node_bonding_" + std::string(metric) + "{master=\"" + std::string(master) +
                      "\"}");
}

}  // namespace

TEST_CASE("bonding: slaves are counted, those whose link is up once more") {
  const TempHost host;
  host.write("sys/class/net/bonding_masters", "bond0 dmz bond0\n");
  host.write("sys/class/net/bond0/bonding/slaves", "eth0 eth4 eth5\n");
  host.write("sys/class/net/bond0/lower_eth0/bonding_slave/mii_status", "up\n");
  host.write("sys/class/net/bond0/lower_eth4/bonding_slave/mii_status", "down\n");
  host.write("sys/class/net/dmz/bonding/slaves", "\n");
  LiveCollector bonding("bonding", host.fs());
  auto scrape = bonding.scrape();
  REQUIRE(scrape.status);
  CHECK(bad_exposition_line(scrape.text) == "");
  CHECK(value(scrape, "slaves", "bond0") == "3");
  CHECK(value(scrape, "active", "bond0") == "1");
  CHECK(value(scrape, "slaves", "dmz") == "0");
  CHECK(value(scrape, "active", "dmz") == "0");
  host.write("sys/class/net/bonding_masters", "dmz\n");
  scrape = bonding.scrape();
  CHECK(value(scrape, "slaves", "bond0").empty());
}

TEST_CASE("bonding: a bond that has gone meanwhile is left out") {
  const TempHost host;
  host.write("sys/class/net/bonding_masters", "bond0\n");
  const auto scrape = scrape_collector("bonding", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("bonding: without the module it is absent") {
  const TempHost host;
  const auto scrape = scrape_collector("bonding", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

}  // namespace hx::test
