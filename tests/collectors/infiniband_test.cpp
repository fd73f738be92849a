// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kDevice = "sys/class/infiniband/mlx4_0/";

std::string port(std::string_view name) {
  return "node_infiniband_" + std::string(name) + "{device=\"mlx4_0\",port=\"1\"}";
}

}  // namespace

TEST_CASE("infiniband: ports have a state, a rate and counters, devices names") {
  const TempHost host;
  host.write(kDevice + "board_id", "I40\n");
  host.write(kDevice + "fw_ver", "2.31.5050\n");
  host.write(kDevice + "ports/1/state", "4: ACTIVE\n");
  host.write(kDevice + "ports/1/phys_state", "5: LinkUp\n");
  host.write(kDevice + "ports/1/rate", "2.5 Gb/sec (1X SDR)\n");
  host.write(kDevice + "ports/1/counters/port_rcv_data", "100\n");
  host.write(kDevice + "ports/1/counters/VL15_dropped", "3\n");
  host.write(kDevice + "ports/1/counters_ext/port_xmit_data_64", "22\n");
  host.write(kDevice + "ports/1/hw_counters/lifespan", "12\n");
  host.write(kDevice + "ports/1/hw_counters/roce_slow_restart", "1\n");
  host.write(kDevice + "ports/1/hw_counters/roce_slow_restart_trans", "2\n");
  const auto scrape = scrape_collector("infiniband", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_infiniband_info{board_id="I40",device="mlx4_0",)"
                     R"(firmware_version="2.31.5050",hca_type=""})") == "1");
  CHECK(scrape.value(port("state_id")) == "4");
  CHECK(scrape.value(port("physical_state_id")) == "5");
  CHECK(scrape.value(port("rate_bytes_per_second")) == "312500000");
  CHECK(scrape.value(port("port_data_received_bytes_total")) == "400");
  CHECK(scrape.value(port("vl15_dropped_total")) == "3");
  CHECK(scrape.value(port("legacy_data_transmitted_bytes_total")) == "88");
  CHECK(scrape.value(port("lifespan_seconds")) == "0.012");
  CHECK(scrape.value(port("roce_slow_restart_used_total")) == "1");
  CHECK(scrape.value(port("roce_slow_restart_total")) == "2");
  CHECK(scrape.text.find("# TYPE node_infiniband_lifespan_seconds gauge") != std::string::npos);
}

TEST_CASE("infiniband: what is unknown, not available or broken is left out") {
  const TempHost host;
  host.write(kDevice + "ports/1/counters/port_xmit_wait", "N/A (no PMA)\n");
  host.write(kDevice + "ports/1/counters/unknown", "1\n");
  host.write(kDevice + "ports/1/counters/link_downed", "-1\n");
  host.write(kDevice + "ports/1/state", "ACTIVE\n");
  host.write(kDevice + "ports/1/rate", "\n");
  const auto scrape = scrape_collector("infiniband", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);  // the device
}

TEST_CASE("infiniband: without an adapter it is absent") {
  const TempHost host;
  CHECK(scrape_collector("infiniband", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
