// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("fibrechannel: adapters have names and hexadecimal counters") {
  const TempHost host;
  const std::string dir = "sys/class/fc_host/host0/";
  host.write(dir + "speed", "16 Gbit\n");
  host.write(dir + "port_id", "0x000002\n");
  host.write(dir + "statistics/rx_frames", "0x1d\n");
  host.write(dir + "statistics/tx_frames", "29\n");
  host.write(dir + "statistics/dumped_frames", "0xffffffffffffffff\n");
  host.write(dir + "statistics/nos_count", "0xfffffffffffffffff\n");
  host.write(dir + "statistics/error_frames", "none\n");
  const auto scrape = scrape_collector("fibrechannel", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_fibrechannel_info{dev_loss_tmo="",fabric_name="",fc_host="host0",)"
                     R"(port_id="000002",port_name="",port_state="",port_type="",speed="16 Gbit",)"
                     R"(supported_classes="",supported_speeds="",symbolic_name=""})") == "1");
  CHECK(scrape.value("node_fibrechannel_rx_frames_total{fc_host=\"host0\"}") == "29");
  CHECK(scrape.value("node_fibrechannel_tx_frames_total{fc_host=\"host0\"}") == "29");
  CHECK(parse_exposition(scrape.text).size() == 3);  // not those that are not counted, or broken
}

TEST_CASE("fibrechannel: without an adapter it is absent") {
  const TempHost host;
  CHECK(scrape_collector("fibrechannel", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
