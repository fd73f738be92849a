// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include "support/fake_netlink.h"
#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kTitles =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";

CollectorOptions from_proc() {
  CollectorOptions options;
  options.netdev_netlink = false;
  return options;
}

// A scrape with these messages as the kernel's list of devices.
Scrape scrape_links(std::vector<std::string> datagrams, const CollectorOptions& options = {},
                    std::vector<std::string> addresses = {netlink_done()}) {
  const TempHost host;
  Syscalls sys;
  answer_netlink(sys, {{RTM_GETLINK, std::move(datagrams)}, {RTM_GETADDR, std::move(addresses)}});
  return scrape_collector("netdev", host.fs(), options, sys);
}

std::string value(const Scrape& scrape, const std::string& key,
                  const std::string& device = "eth0") {
  return scrape.value("node_network_" + key + "_total{device=\"" + device + "\"}");
}

}  // namespace

TEST_CASE("netdev: the kernel's counters are added up under the names of /proc/net/dev") {
  const TempHost host;
  const auto scrape = scrape_collector("netdev", host.fs(), {}, fixture_syscalls());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2 * 17);
  CHECK(value(scrape, "receive_packets") == "100");
  CHECK(value(scrape, "transmit_packets") == "101");
  CHECK(value(scrape, "receive_bytes") == "102");
  CHECK(value(scrape, "receive_drop") == "221");      // dropped and missed
  CHECK(value(scrape, "receive_frame") == "446");     // length, over, crc and frame
  CHECK(value(scrape, "transmit_carrier") == "472");  // aborted, carrier, heartbeat, window
  CHECK(value(scrape, "receive_multicast") == "108");
  CHECK(value(scrape, "transmit_colls") == "109");
  CHECK(value(scrape, "receive_nohandler") == "123");
  CHECK(value(scrape, "receive_bytes", "lo") == "15102667");
}

TEST_CASE("netdev: detailed metrics give every counter by itself") {
  const TempHost host;
  CollectorOptions options;
  options.netdev_enable_detailed_metrics = true;
  const auto scrape = scrape_collector("netdev", host.fs(), options, fixture_syscalls());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2 * 24);
  CHECK(value(scrape, "receive_dropped") == "106");
  CHECK(value(scrape, "receive_missed_errors") == "115");
  CHECK(value(scrape, "multicast") == "108");
  CHECK(value(scrape, "transmit_window_errors") == "120");
}

TEST_CASE("netdev: /proc/net/dev gives the same names but one") {
  const TempHost host;
  host.write("proc/net/dev",
             std::string(kTitles) + "    lo:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n" +
                 "  eth0: 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116\n");
  auto options = from_proc();
  const auto scrape = scrape_collector("netdev", host.fs(), options);
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2 * 16);
  CHECK(value(scrape, "receive_bytes", "lo") == "1");
  CHECK(value(scrape, "receive_errs") == "103");
  CHECK(value(scrape, "receive_drop") == "104");
  CHECK(value(scrape, "receive_frame") == "106");
  CHECK(value(scrape, "receive_multicast") == "108");
  CHECK(value(scrape, "transmit_bytes") == "109");
  CHECK(value(scrape, "transmit_colls") == "114");
  CHECK(value(scrape, "transmit_compressed") == "116");

  options.netdev_enable_detailed_metrics = true;
  const auto detailed = scrape_collector("netdev", host.fs(), options);
  CHECK(parse_exposition(detailed.text).size() == 2 * 16);
  CHECK(value(detailed, "receive_dropped") == "104");
  CHECK(value(detailed, "transmit_errors") == "111");
}

TEST_CASE("netdev: malformed lines of /proc/net/dev are skipped, a missing file is absent") {
  const TempHost host;
  const auto options = from_proc();
  CHECK(scrape_collector("netdev", host.fs(), options).status.error().is_absent());
  host.write("proc/net/dev",
             "\n:\nno colon 1 2\nshort: 1 2 3\nword: 1 2 x 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
             "a:b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
             "a:b: 9 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
  const auto scrape = scrape_collector("netdev", host.fs(), options);
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 16);
  CHECK_FALSE(value(scrape, "receive_bytes", "a:b").empty());
}

TEST_CASE("netdev: devices are chosen by name") {
  const TempHost host;
  CollectorOptions options;
  options.netdev_device_exclude = "^lo$";
  const auto scrape = scrape_collector("netdev", host.fs(), options, fixture_syscalls());
  CHECK(value(scrape, "receive_bytes", "lo").empty());
  CHECK_FALSE(value(scrape, "receive_bytes").empty());
  options.netdev_device_include = "x";
  CHECK(scrape_collector("netdev", host.fs(), options).status.error().message() ==
        "--collector.netdev.device-include and --collector.netdev.device-exclude exclude each "
        "other");
}

TEST_CASE("netdev: the alias is a label where it is asked for") {
  const TempHost host;
  CollectorOptions options;
  options.netdev_label_ifalias = true;
  const auto scrape = scrape_collector("netdev", host.fs(), options, fixture_syscalls());
  CHECK(scrape.value("node_network_receive_bytes_total{device=\"eth0\",ifalias=\"uplink\"}") ==
        "102");
  CHECK(scrape.value("node_network_receive_bytes_total{device=\"lo\",ifalias=\"\"}") == "15102667");

  options.netdev_netlink = false;
  host.write("proc/net/dev", "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  host.write("sys/class/net/eth0/ifalias", "to \"core\"\n");
  CHECK(scrape_collector("netdev", host.fs(), options)
            .value(R"(node_network_receive_bytes_total{device="eth0",ifalias="to \"core\""})") ==
        "1");
}

TEST_CASE("netdev: addresses come with their device, length and scope") {
  rtnl_link_stats64 none{};
  const auto links = link_message(1, "lo", none) + link_message(2, "eth0", none);
  std::string addresses = address_message(1, "127.0.0.1", 8) + address_message(1, "::1", 128) +
                          address_message(2, "192.0.2.1", 32, "192.0.2.2") +
                          address_message(2, "192.0.2.1", 32, "192.0.2.3") +
                          address_message(2, "169.254.1.1", 16) +
                          address_message(2, "fe80::1", 64) +
                          address_message(2, "2001:db8::1", 64) + address_message(2, "ff01::1", 8) +
                          address_message(2, "0.0.0.0", 0) + address_message(9, "10.0.0.1", 8);
  ifaddrmsg damaged{};
  damaged.ifa_family = AF_INET;
  damaged.ifa_index = 2;
  addresses += netlink_message(RTM_NEWADDR, bytes_of(damaged)) + netlink_message(RTM_NEWADDR, "");
  CollectorOptions options;
  options.netdev_address_info = true;
  options.netdev_device_exclude = "eth0";  // of counters only
  const auto scrape = scrape_links({links + netlink_done()}, options, {addresses + netlink_done()});
  REQUIRE(scrape.status);
  const auto has = [&](const std::string& address, const std::string& device,
                       const std::string& netmask, const std::string& scope) {
    return scrape.value("node_network_address_info{address=\"" + address + "\",device=\"" + device +
                        "\",netmask=\"" + netmask + "\",scope=\"" + scope + "\"}") == "1";
  };
  CHECK(has("127.0.0.1", "lo", "8", "link-local"));
  CHECK(has("::1", "lo", "128", "link-local"));
  CHECK(has("192.0.2.1", "eth0", "32", "global"));
  CHECK(has("169.254.1.1", "eth0", "16", "link-local"));
  CHECK(has("fe80::1", "eth0", "64", "link-local"));
  CHECK(has("2001:db8::1", "eth0", "64", "global"));
  CHECK(has("ff01::1", "eth0", "8", "interface-local"));
  CHECK(has("0.0.0.0", "eth0", "0", ""));
  CHECK(parse_exposition(scrape.text).size() == 17 + 8);
}

TEST_CASE("netdev: a device is exported once however often the kernel lists it") {
  rtnl_link_stats64 stats{};
  stats.rx_bytes = 5;
  const auto scrape = scrape_links(
      {link_message(1, "eth0", stats), link_message(1, "eth0", stats) + netlink_done()});
  REQUIRE(scrape.status);
  std::size_t series = 0;
  std::string_view rest = scrape.text, line;
  while (next_line(rest, line)) series += line.starts_with("node_network_receive_bytes_total");
  CHECK(series == 1);
}

TEST_CASE("netdev: messages without a name or counters, and damaged ones, are skipped") {
  const ifinfomsg link{};
  const auto name = netlink_attribute(IFLA_IFNAME, std::string_view("eth0\0", 5));
  const std::string header(bytes_of(link));
  const auto scrape =
      scrape_links({netlink_message(RTM_NEWLINK, "") + netlink_message(RTM_NEWLINK, header) +
                    netlink_message(RTM_NEWLINK, header + name) +
                    netlink_message(RTM_NEWLINK, header + "\xff\xff\3\0damaged") +
                    netlink_message(RTM_NEWROUTE, header + name) + netlink_done()});
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("netdev: counters that the kernel does not have yet are zero") {
  const ifinfomsg link{};
  rtnl_link_stats64 stats{};
  stats.rx_bytes = 7;
  const auto message = netlink_message(
      RTM_NEWLINK, std::string(bytes_of(link)) +
                       netlink_attribute(IFLA_IFNAME, std::string_view("eth0\0", 5)) +
                       netlink_attribute(IFLA_STATS64, bytes_of(stats).substr(0, 32)));
  const auto scrape = scrape_links({message + netlink_done()});
  CHECK(value(scrape, "receive_bytes") == "7");
  CHECK(value(scrape, "receive_nohandler") == "0");
}

TEST_CASE("netdev: an answer that breaks off is an error and exports nothing") {
  rtnl_link_stats64 stats{};
  const auto scrape = scrape_links({link_message(1, "eth0", stats), "x"});
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().code == EBADMSG);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
