// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("thermal_zone: zones have temperatures, cooling devices states") {
  const TempHost host;
  host.write("sys/class/thermal/thermal_zone10/type", "bcm2835_thermal\n");
  host.write("sys/class/thermal/thermal_zone10/temp", "49925\n");
  host.write("sys/class/thermal/cooling_device2/type", "intel_powerclamp\n");
  host.write("sys/class/thermal/cooling_device2/cur_state", "-1\n");
  host.write("sys/class/thermal/cooling_device2/max_state", "27\n");
  const auto scrape = scrape_collector("thermal_zone", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_thermal_zone_temp{type=\"bcm2835_thermal\",zone=\"10\"}") == "49.925");
  CHECK(scrape.value("node_cooling_device_cur_state{name=\"2\",type=\"intel_powerclamp\"}") ==
        "-1");
  CHECK(scrape.value("node_cooling_device_max_state{name=\"2\",type=\"intel_powerclamp\"}") ==
        "27");
  CHECK(parse_exposition(scrape.text).size() == 3);
}

TEST_CASE("thermal_zone: a zone that does not tell its temperature is left out") {
  const TempHost host;
  for (const std::string text : {"", "warm", "99999999999999999999"}) {
    host.write("sys/class/thermal/thermal_zone0/temp", text);
    host.write("sys/class/thermal/other/temp", "1");
    const auto scrape = scrape_collector("thermal_zone", host.fs());
    CHECK(scrape.status);
    CHECK(scrape.text.empty());
  }
}

TEST_CASE("thermal_zone: a host without zones has none, which is no failure") {
  const TempHost host;
  const auto scrape = scrape_collector("thermal_zone", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
