// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void set(const TempHost& host, std::string_view device, std::string_view property,
         std::string_view value) {
  host.write("sys/class/net/" + std::string(device) + "/" + std::string(property),
             std::string(value) + "\n");
}

std::string value(const Scrape& scrape, std::string_view metric, std::string_view device) {
  return scrape.value("node_network_" + std::string(metric) + "{device=\"" + std::string(device) +
                      "\"}");
}

}  // namespace

TEST_CASE("netclass: numbers are exported as they stand, hexadecimal ones too") {
  const TempHost host;
  set(host, "eth0", "mtu", "1500");
  set(host, "eth0", "dev_id", "0x1f");
  set(host, "eth0", "iflink", "-1");
  set(host, "eth0", "carrier_changes", "3");
  set(host, "eth0", "operstate", "up");
  set(host, "eth1", "operstate", "unknown");
  const auto scrape = scrape_collector("netclass", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "mtu_bytes", "eth0") == "1500");
  CHECK(value(scrape, "device_id", "eth0") == "31");
  CHECK(value(scrape, "iface_link", "eth0") == "-1");
  CHECK(value(scrape, "carrier_changes_total", "eth0") == "3");
  CHECK(value(scrape, "up", "eth0") == "1");
  CHECK(value(scrape, "up", "eth1") == "0");
  CHECK(value(scrape, "mtu_bytes", "eth1").empty());
}

TEST_CASE("netclass: the flags tell the administrative state") {
  const TempHost host;
  const auto info = [&](std::string_view flags) {
    set(host, "eth0", "flags", flags);
    return scrape_collector("netclass", host.fs()).text;
  };
  CHECK(info("0x1003").find("adminstate=\"up\"") != std::string::npos);
  CHECK(info("0x1002").find("adminstate=\"down\"") != std::string::npos);
  CHECK(info("x").find("adminstate=\"unknown\"") != std::string::npos);
}

TEST_CASE("netclass: megabits become bytes, an unknown speed can be left out") {
  const TempHost host;
  set(host, "eth0", "speed", "25000");
  set(host, "eth1", "speed", "-1");
  auto scrape = scrape_collector("netclass", host.fs());
  CHECK(value(scrape, "speed_bytes", "eth0") == "3.125e+09");
  CHECK(value(scrape, "speed_bytes", "eth1") == "-125000");
  scrape = scrape_collector("netclass", host.fs(), {.netclass_ignore_invalid_speed = true});
  CHECK(value(scrape, "speed_bytes", "eth0") == "3.125e+09");
  CHECK(value(scrape, "speed_bytes", "eth1").empty());
}

TEST_CASE("netclass: devices can be ignored, files that are no devices always are") {
  const TempHost host;
  set(host, "eth0", "mtu", "1");
  set(host, "veth1", "mtu", "2");
  host.write("sys/class/net/bonding_masters", "bond0\n");
  CollectorOptions options;
  const auto count = [&] {
    return parse_exposition(scrape_collector("netclass", host.fs(), options).text).size();
  };
  CHECK(count() == 2 * 3);
  options.netclass_ignored_devices = "^veth";
  CHECK(count() == 3);
  options.netclass_ignored_devices = "(";
  const auto scrape = scrape_collector("netclass", host.fs(), options);
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message().find("collector.netclass.ignored-devices") !=
        std::string::npos);
}

TEST_CASE("netclass: devices come, change and go between scrapes") {
  const TempHost host;
  LiveCollector netclass("netclass", host.fs());
  const auto missing = netclass.scrape();
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  set(host, "eth0", "mtu", "1500");
  CHECK(value(netclass.scrape(), "mtu_bytes", "eth0") == "1500");
  set(host, "eth0", "mtu", "9000");
  set(host, "eth1", "mtu", "1");
  auto scrape = netclass.scrape();
  CHECK(value(scrape, "mtu_bytes", "eth0") == "9000");
  CHECK(value(scrape, "mtu_bytes", "eth1") == "1");
  host.remove("sys/class/net/eth0");
  scrape = netclass.scrape();
  CHECK(scrape.status);
  CHECK(scrape.text.find("eth0") == std::string::npos);
}

TEST_CASE("netclass: hundreds of devices are read whole") {
  const TempHost host;
  for (int i = 0; i < 300; ++i) set(host, "veth" + std::to_string(i), "mtu", std::to_string(i));
  LiveCollector netclass("netclass", host.fs());
  for (int i = 0; i < 2; ++i) {
    CHECK(value(netclass.scrape(), "mtu_bytes", "veth299") == "299");
  }
}

TEST_CASE("netclass: what is taken from netlink is what the files of sysfs say") {
  HostRoots files_only;
  files_only.sysfs = "/sys/.";
  const HostFs with_netlink{HostRoots{}}, without{files_only};
  auto expected = scrape_collector("netclass", without);
  REQUIRE(expected.status);
  CHECK(expected.text.find("device=\"lo\"") != std::string::npos);
  for (const int times : {1, 2}) {  // the flags come from netlink when they have been compared
    CHECK(scrape_collector("netclass", with_netlink, {}, {}, times).text == expected.text);
  }

  Syscalls refusing;
  refusing.socket = [](int, int, int) {
    errno = EACCES;
    return -1;
  };
  CHECK(scrape_collector("netclass", with_netlink, {}, refusing).text == expected.text);
}

}  // namespace hx::test
