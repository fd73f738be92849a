// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "collectors/netclass.h"
#include "support/fake_netlink.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::uint16_t kEthtool = 20;  // given to it by the kernel as it starts

template <class Number>
std::string number(std::uint16_t type, Number value) {
  return netlink_attribute(type, bytes_of(value));
}

std::string text(std::uint16_t type, std::string_view value) {
  return netlink_attribute(type, std::string(value) + '\0');
}

// A RTM_NEWLINK message of eth0, with these attributes.
std::string link(const ifinfomsg& header, std::string_view attributes) {
  return netlink_message(RTM_NEWLINK, std::string(bytes_of(header)) + text(IFLA_IFNAME, "eth0") +
                                          std::string(attributes));
}

std::string generic(std::uint16_t type, std::string_view attributes) {
  return netlink_message(type, std::string(bytes_of(genlmsghdr{})) + std::string(attributes));
}

std::string family(std::string_view name, std::uint16_t id) {
  return generic(GENL_ID_CTRL, number(CTRL_ATTR_FAMILY_ID, id) + text(CTRL_ATTR_FAMILY_NAME, name));
}

std::string modes(std::string_view device, std::int32_t speed, std::uint8_t duplex) {
  const auto header = text(ETHTOOL_A_HEADER_DEV_NAME, device);
  return generic(kEthtool, netlink_attribute(ETHTOOL_A_LINKMODES_HEADER, header) +
                               number(ETHTOOL_A_LINKMODES_SPEED, speed) +
                               number(ETHTOOL_A_LINKMODES_DUPLEX, duplex));
}

Scrape scrape_links(const TempHost& host, NetlinkAnswers answers, CollectorOptions options = {}) {
  options.netclass_netlink = true;
  Syscalls sys;
  answer_netlink(sys, std::move(answers));
  return scrape_collector("netclass", host.fs(), options, sys);
}

std::string value(const Scrape& scrape, std::string_view metric) {
  return scrape.value("node_network_" + std::string(metric) + "{device=\"eth0\"}");
}

}  // namespace

TEST_CASE("netclass: netlink tells the properties that sysfs would") {
  const TempHost host;
  host.write("sys/class/net/eth0/addr_assign_type", "3\n");
  host.write("sys/class/net/eth0/dev_id", "0x1f\n");
  host.write("sys/class/net/eth0/mtu", "1\n");
  ifinfomsg header{};
  header.ifi_type = 1;
  header.ifi_index = 7;
  header.ifi_flags = IFF_UP | IFF_DORMANT;
  const auto attributes =
      number(IFLA_MTU, 1500U) + number(IFLA_CARRIER, std::uint8_t{1}) +
      number(IFLA_CARRIER_CHANGES, 5U) + number(IFLA_CARRIER_UP_COUNT, 3U) +
      number(IFLA_CARRIER_DOWN_COUNT, 2U) + number(IFLA_LINKMODE, std::uint8_t{0}) +
      number(IFLA_LINK, 9U) + number(IFLA_GROUP, 4U) + number(IFLA_TXQLEN, 1000U) +
      number(IFLA_OPERSTATE, std::uint8_t{IF_OPER_UP}) +
      netlink_attribute(IFLA_ADDRESS, "\x02\x0a\xff") + text(IFLA_IFALIAS, "up link");
  const auto scrape =
      scrape_links(host, {{RTM_GETLINK, {link(header, attributes), netlink_done()}}});
  REQUIRE(scrape.status);
  CHECK(value(scrape, "up") == "1");
  CHECK(scrape.value("node_network_info{address=\"02:0a:ff\",adminstate=\"up\",broadcast=\"\","
                     "device=\"eth0\",duplex=\"\",ifalias=\"up link\",operstate=\"up\"}") == "1");
  CHECK(value(scrape, "address_assign_type") == "3");
  CHECK(value(scrape, "carrier") == "1");
  CHECK(value(scrape, "carrier_changes_total") == "5");
  CHECK(value(scrape, "carrier_down_changes_total") == "2");
  CHECK(value(scrape, "carrier_up_changes_total") == "3");
  CHECK(value(scrape, "device_id") == "31");
  CHECK(value(scrape, "dormant") == "1");
  CHECK(value(scrape, "flags") == std::to_string(IFF_UP | IFF_DORMANT));
  CHECK(value(scrape, "iface_id") == "7");
  CHECK(value(scrape, "iface_link") == "9");
  CHECK(value(scrape, "iface_link_mode") == "0");
  CHECK(value(scrape, "mtu_bytes") == "1500");
  CHECK(value(scrape, "name_assign_type").empty());
  CHECK(value(scrape, "net_dev_group") == "4");
  CHECK(value(scrape, "protocol_type") == "1");
  CHECK(value(scrape, "transmit_queue_length") == "1000");
}

TEST_CASE("netclass: netlink tells all names of a device, empty ones are none") {
  const TempHost host;
  const auto names = text(IFLA_ALT_IFNAME, "enp3s0") + text(IFLA_ALT_IFNAME, "") +
                     text(IFLA_ALT_IFNAME, "an even longer name of it");
  const auto scrape = scrape_links(
      host,
      {{RTM_GETLINK,
        {link({}, netlink_attribute(IFLA_PROP_LIST | NLA_F_NESTED, names)), netlink_done()}}});
  CHECK(scrape.value("node_network_altnames_info{altname=\"enp3s0\",device=\"eth0\"}") == "1");
  CHECK(scrape.value("node_network_altnames_info{altname=\"an even longer name of it\","
                     "device=\"eth0\"}") == "1");
  CHECK(scrape.text.find("altname=\"\"") == std::string::npos);
}

TEST_CASE("netclass: speed and duplex mode come from ethtool's family") {
  const TempHost host;
  const auto scrape = [&](std::string answer) {
    return scrape_links(
        host, {{RTM_GETLINK, {link({}, ""), netlink_done()}},
               {GENL_ID_CTRL, {family("nlctrl", 16) + family("ethtool", kEthtool), netlink_done()}},
               {kEthtool, {std::move(answer), netlink_done()}}});
  };
  auto result = scrape(modes("eth1", 10, DUPLEX_HALF) + modes("eth0", 25000, DUPLEX_FULL));
  CHECK(value(result, "speed_bytes") == "3.125e+09");
  CHECK(result.text.find("duplex=\"Full\"") != std::string::npos);
  CHECK(result.text.find("eth1") == std::string::npos);
  result = scrape(modes("eth0", SPEED_UNKNOWN, DUPLEX_UNKNOWN));
  CHECK(value(result, "speed_bytes").empty());
  CHECK(result.text.find("duplex=\"Unknown\"") != std::string::npos);
  result = scrape(netlink_message(kEthtool, "cut"));
  CHECK(result.status);
  CHECK(value(result, "iface_id") == "0");
}

TEST_CASE("netclass: over netlink devices can be ignored, failures are errors") {
  const TempHost host;
  const auto eth0 = link({}, "");
  const auto ignored = scrape_links(host, {{RTM_GETLINK, {eth0, netlink_done()}}},
                                    {.netclass_ignored_devices = "^eth"});
  CHECK(ignored.status);
  CHECK(ignored.text.empty());
  for (const std::uint16_t request : {std::uint16_t{RTM_GETLINK}, std::uint16_t{GENL_ID_CTRL}}) {
    const auto failed = scrape_links(host, {{request, {netlink_done(EPERM)}}});
    CHECK(failed.status.error().code == EPERM);
    CHECK(failed.text.empty());
  }
}

TEST_CASE("netclass: what the running kernel tells over netlink is what it tells in sysfs") {
  const HostFs fs(HostRoots{});
  CollectorOptions options;
  const auto by_sysfs = scrape_collector("netclass", fs, options);
  options.netclass_netlink = true;
  const auto by_netlink = scrape_collector("netclass", fs, options);
  if (!by_sysfs.status) return;  // a container without /sys
  REQUIRE(by_netlink.status);
  for (const std::string metric : {"mtu_bytes", "iface_id", "protocol_type", "iface_link"}) {
    const auto series = "node_network_" + metric + "{device=\"lo\"}";
    CHECK(by_netlink.value(series) == by_sysfs.value(series));
  }
}

TEST_CASE("netclass: the flags in sysfs are known from netlink where it counts who wants them") {
  constexpr auto flags_of = [](unsigned flags, const std::string& attributes) {
    ifinfomsg header{};
    header.ifi_flags = flags;
    return parse_net_link(std::string(bytes_of(header)) + attributes).flags_in_sysfs();
  };
  const auto wanted = [](std::uint32_t promiscuous, std::uint32_t all_multicast) {
    return netlink_attribute(IFLA_PROMISCUITY, bytes_of(promiscuous)) +
           netlink_attribute(61, bytes_of(all_multicast));  // IFLA_ALLMULTI
  };
  constexpr unsigned kUp = IFF_UP | IFF_BROADCAST | IFF_MULTICAST;
  CHECK(flags_of(kUp | IFF_RUNNING | IFF_LOWER_UP, wanted(0, 0)) == kUp);
  CHECK(flags_of(kUp | IFF_DORMANT, wanted(1, 0)) == (kUp | IFF_PROMISC));
  CHECK(flags_of(kUp, wanted(0, 2)) == (kUp | IFF_ALLMULTI));
  CHECK(flags_of(kUp | IFF_PROMISC | IFF_ALLMULTI, wanted(0, 0)) == kUp);
  CHECK_FALSE(flags_of(kUp, ""));
}

}  // namespace hx::test
