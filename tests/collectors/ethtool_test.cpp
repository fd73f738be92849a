// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/ethtool.h>

#include "support/fake_ethtool.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// A host with eth0, of which the driver tells this.
Scrape scrape_nic(FakeNic nic, const CollectorOptions& options = {}) {
  const TempHost host;
  host.write("sys/class/net/eth0/mtu", "1500\n");
  Syscalls sys;
  answer_ethtool(sys, {{"eth0", std::move(nic)}});
  return scrape_collector("ethtool", host.fs(), options, sys);
}

std::string value(const Scrape& scrape, std::string_view metric) {
  return scrape.value(std::string(metric) + "{device=\"eth0\"}");
}

}  // namespace

TEST_CASE("ethtool: counters are named after the driver's names") {
  const auto scrape = scrape_nic({.counters = {{"rx_bytes", 1},
                                               {"tx_errors", 2},
                                               {"Rx_Queue_0_drops", 3},
                                               {"queue_tx", 4},
                                               {"rxq0: octets (good)", 5},
                                               {"__tx__pause", 6},
                                               {"tx_tx_timeouts", 7},
                                               {"", 8}}});
  REQUIRE(scrape.status);
  CHECK(value(scrape, "node_ethtool_received_bytes_total") == "1");
  CHECK(value(scrape, "node_ethtool_transmitted_errors_total") == "2");
  CHECK(value(scrape, "node_ethtool_received_queue_0_drops") == "3");
  CHECK(value(scrape, "node_ethtool_queue_transmitted") == "4");
  CHECK(value(scrape, "node_ethtool_rxq0_octets_good_") == "5");
  CHECK(value(scrape, "node_ethtool_transmitted__pause") == "6");
  CHECK(value(scrape, "node_ethtool_transmitted_tx_timeouts") == "7");
  CHECK(parse_exposition(scrape.text).size() == 7 + 1);
  CHECK(scrape.text.find("# HELP node_ethtool_rxq0_octets_good_ Network interface "
                         "rxq0_octets_good_\n") != std::string::npos);
  CHECK(scrape.text.find("# TYPE node_ethtool_received_bytes_total untyped\n") !=
        std::string::npos);
}

TEST_CASE("ethtool: counters whose names become the same are left out") {
  const auto scrape = scrape_nic(
      {.counters = {{"a b", 1}, {"a-b", 2}, {"A_B", 3}, {"rx_bytes", 4}, {"rx_bytes_total", 5}}});
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("ethtool: the driver is told about, a field may be full to its last byte") {
  const auto scrape = scrape_nic(
      {.driver = "virtio_net", .version = std::string(32, 'v'), .firmware = {}, .bus = "virtio0"});
  CHECK(scrape.value("node_ethtool_info{bus_info=\"virtio0\",device=\"eth0\",driver=\"virtio_net\","
                     "expansion_rom_version=\"\",firmware_version=\"\",version=\"" +
                     std::string(32, 'v') + "\"}") == "1");
}

TEST_CASE("ethtool: what a link can do and what it offers are told by mode") {
  const auto scrape =
      scrape_nic({.link = FakeLink{.supported = 1U << ETHTOOL_LINK_MODE_1000baseT_Full_BIT |
                                                1U << ETHTOOL_LINK_MODE_10baseT_Half_BIT |
                                                1U << ETHTOOL_LINK_MODE_25000baseCR_Full_BIT |
                                                1U << ETHTOOL_LINK_MODE_TP_BIT |
                                                1U << ETHTOOL_LINK_MODE_Pause_BIT,
                                   .advertised = 1U << ETHTOOL_LINK_MODE_Autoneg_BIT,
                                   .autonegotiates = true}});
  CHECK(scrape.value("node_network_supported_speed_bytes{device=\"eth0\",duplex=\"full\","
                     "mode=\"1000baseT\"}") == "1.25e+08");
  CHECK(scrape.value("node_network_supported_speed_bytes{device=\"eth0\",duplex=\"half\","
                     "mode=\"10baseT\"}") == "1250000");
  CHECK(scrape.value("node_network_supported_speed_bytes{device=\"eth0\",duplex=\"full\","
                     "mode=\"25000baseCR\"}") == "3.125e+09");
  CHECK(scrape.value("node_network_supported_port_info{device=\"eth0\",type=\"TP\"}") == "1");
  CHECK(value(scrape, "node_network_pause_supported") == "1");
  CHECK(value(scrape, "node_network_pause_advertised") == "0");
  CHECK(value(scrape, "node_network_autonegotiate_supported") == "0");
  CHECK(value(scrape, "node_network_autonegotiate_advertised") == "1");
  CHECK(value(scrape, "node_network_asymmetricpause_supported") == "0");
  CHECK(value(scrape, "node_network_autonegotiate") == "1");
}

TEST_CASE("ethtool: devices and counters can be left out") {
  const FakeNic nic{.counters = {{"rx_bytes", 1}, {"tx_bytes", 2}}};
  auto scrape = scrape_nic(nic, {.ethtool_metrics_include = "^rx_"});
  CHECK(value(scrape, "node_ethtool_received_bytes_total") == "1");
  CHECK(value(scrape, "node_ethtool_transmitted_bytes_total").empty());
  CHECK(scrape_nic(nic, {.ethtool_device_exclude = "eth"}).text.empty());
  CHECK(scrape_nic(nic, {.ethtool_device_include = "^wlan"}).text.empty());
  CHECK_FALSE(scrape_nic(nic, {.ethtool_metrics_include = "("}).status);
  CHECK_FALSE(
      scrape_nic(nic, {.ethtool_device_exclude = "a", .ethtool_device_include = "b"}).status);
}

TEST_CASE("ethtool: a device that is not known, and counters that came while asking, do no harm") {
  const TempHost host;
  CHECK(scrape_collector("ethtool", host.fs()).status.error().is_absent());
  host.write("sys/class/net/eth9/mtu", "1500\n");
  Syscalls sys;
  answer_ethtool(sys, {});
  const auto scrape = scrape_collector("ethtool", host.fs(), {}, sys);
  CHECK(scrape.status);
  CHECK(scrape.text.empty());

  FakeNic growing{.announced = 1};
  for (std::uint64_t i = 0; i < 900; ++i) growing.counters.emplace_back("c" + std::to_string(i), i);
  CHECK(value(scrape_nic(growing), "node_ethtool_c899") == "899");
}

TEST_CASE("ethtool: names are read again when the driver changes them") {
  const TempHost host;
  host.write("sys/class/net/eth0/mtu", "1500\n");
  Syscalls sys;
  answer_ethtool(sys, {{"eth0", {.counters = {{"old", 1}}}}});
  LiveCollector ethtool("ethtool", host.fs(), {}, sys);
  CHECK(value(ethtool.scrape(), "node_ethtool_old") == "1");
  answer_ethtool(sys, {{"eth0", {.counters = {{"new", 2}, {"old", 3}}}}});
  const auto scrape = ethtool.scrape();
  CHECK(value(scrape, "node_ethtool_new") == "2");
  CHECK(value(scrape, "node_ethtool_old") == "3");
}

}  // namespace hx::test
