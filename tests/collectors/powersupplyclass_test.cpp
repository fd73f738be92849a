// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void set(const TempHost& host, std::string_view file, std::string_view value) {
  host.write("sys/class/power_supply/" + std::string(file), std::string(value) + "\n");
}

std::string value(const Scrape& scrape, std::string_view metric) {
  return scrape.value("node_power_supply_" + std::string(metric) + "{power_supply=\"BAT0\"}");
}

}  // namespace

TEST_CASE("powersupplyclass: millionths and tenths become units, some names differ from files") {
  const TempHost host;
  set(host, "BAT0/capacity", "98");
  set(host, "BAT0/cycle_count", "5");
  set(host, "BAT0/energy_now", "49450000");
  set(host, "BAT0/voltage_now", "12229000");
  set(host, "BAT0/current_now", "-1500000");
  set(host, "BAT0/power_now", "5000000");
  set(host, "BAT0/temp", "305");
  set(host, "BAT0/time_to_empty_now", "3600");
  const auto scrape = scrape_collector("powersupplyclass", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "capacity") == "98");
  CHECK(value(scrape, "cyclecount") == "5");
  CHECK(value(scrape, "energy_watthour") == "49.45");
  CHECK(value(scrape, "voltage_volt") == "12.229");
  CHECK(value(scrape, "current_ampere") == "-1.5");
  CHECK(value(scrape, "power_watt") == "5");
  CHECK(value(scrape, "temp_celsius") == "30.5");
  CHECK(value(scrape, "time_to_empty_seconds") == "3600");
  CHECK(value(scrape, "info") == "1");
  CHECK(parse_exposition(scrape.text).size() == 9);
}

TEST_CASE("powersupplyclass: only texts that are not empty are labels") {
  const TempHost host;
  set(host, "AC/type", "Mains");
  set(host, "AC/serial_number", " ");
  set(host, "AC/usb_type", "\xff");
  const auto scrape = scrape_collector("powersupplyclass", host.fs());
  CHECK(scrape.value("node_power_supply_info{power_supply=\"AC\",type=\"Mains\","
                     "usb_type=\"\xEF\xBF\xBD\"}") == "1");
}

TEST_CASE("powersupplyclass: supplies can be ignored, what is no number is left out") {
  const TempHost host;
  set(host, "BAT0/capacity", "x");
  set(host, "BAT1/capacity", "1");
  const auto scrape =
      scrape_collector("powersupplyclass", host.fs(), {.powersupply_ignored_supplies = "1$"});
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);
  CHECK_FALSE(scrape_collector("powersupplyclass", host.fs(), {.powersupply_ignored_supplies = "("})
                  .status);
}

TEST_CASE("powersupplyclass: without the directory it is absent, an empty one has nothing") {
  const TempHost host;
  const auto missing = scrape_collector("powersupplyclass", host.fs());
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  host.make_dir("sys/class/power_supply");
  CHECK(scrape_collector("powersupplyclass", host.fs()).status);
}

}  // namespace hx::test
