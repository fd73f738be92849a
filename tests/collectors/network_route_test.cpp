// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "support/fake_netlink.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// Two devices, eth0 and eth1, with these routes.
Scrape scrape_routes(std::string messages) {
  const TempHost host;
  Syscalls sys;
  answer_netlink(
      sys,
      {{RTM_GETLINK, {link_message(1, "eth0", {}) + link_message(2, "eth1", {}) + netlink_done()}},
       {RTM_GETROUTE, {std::move(messages), netlink_done()}}});
  return scrape_collector("network_route", host.fs(), {}, sys);
}

std::string by_device(int index) { return netlink_attribute(RTA_OIF, bytes_of(index)); }

std::string count(const Scrape& scrape, std::string_view device) {
  return scrape.value("node_network_routes{device=\"" + std::string(device) + "\"}");
}

}  // namespace

TEST_CASE("network_route: a route is told with all that it says, whatever it leaves out is empty") {
  const auto scrape = scrape_routes(
      route_message({.destination = "10.0.0.0/8",
                     .protocol = RTPROT_STATIC,
                     .attributes = address_attribute(RTA_GATEWAY, "192.0.2.9") +
                                   address_attribute(RTA_PREFSRC, "192.0.2.1") +
                                   netlink_attribute(RTA_PRIORITY, bytes_of(7)) + by_device(1)}) +
      route_message({.attributes = by_device(2)}) +
      route_message({.destination = "2001:db8::/48", .attributes = by_device(2)}));
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_network_route_info{dest=\"10.0.0.0/8\",device=\"eth0\",gw=\"192.0.2.9\","
                     "priority=\"7\",proto=\"static\",src=\"192.0.2.1\",weight=\"\"}") == "1");
  CHECK(scrape.value("node_network_route_info{dest=\"default\",device=\"eth1\",gw=\"\","
                     "priority=\"0\",proto=\"unspec\",src=\"\",weight=\"\"}") == "1");
  CHECK(scrape.value("node_network_route_info{dest=\"2001:db8::/48\",device=\"eth1\",gw=\"\","
                     "priority=\"0\",proto=\"unspec\",src=\"\",weight=\"\"}") == "1");
  CHECK(count(scrape, "eth0") == "1");
  CHECK(count(scrape, "eth1") == "2");
}

TEST_CASE("network_route: each way of a route is a series of its own, with its weight") {
  const auto ways = next_hop(1, 2, address_attribute(RTA_GATEWAY, "192.0.2.2")) + next_hop(2, 0);
  const auto scrape =
      scrape_routes(route_message({.destination = "10.0.0.0/8",
                                   .protocol = RTPROT_BGP,
                                   .attributes = netlink_attribute(RTA_MULTIPATH, ways)}));
  CHECK(scrape.value("node_network_route_info{dest=\"10.0.0.0/8\",device=\"eth0\",gw=\"192.0.2.2\","
                     "priority=\"0\",proto=\"bgp\",src=\"\",weight=\"3\"}") == "1");
  CHECK(scrape.value("node_network_route_info{dest=\"10.0.0.0/8\",device=\"eth1\",gw=\"\","
                     "priority=\"0\",proto=\"bgp\",src=\"\",weight=\"1\"}") == "1");
  CHECK(count(scrape, "eth0") == "1");
  CHECK(count(scrape, "eth1") == "1");
}

TEST_CASE("network_route: what is no unicast route, remembered only or damaged does not count") {
  const auto cut_way = next_hop(1, 0).substr(0, 6);
  const auto scrape =
      scrape_routes(route_message({.destination = "10.0.0.0/8", .type = RTN_BLACKHOLE}) +
                    route_message({.destination = "10.0.0.1/32", .flags = RTM_F_CLONED}) +
                    route_message({.attributes = netlink_attribute(RTA_MULTIPATH, cut_way)}) +
                    netlink_message(RTM_NEWROUTE, "short"));
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("network_route: the same route in two tables counts twice and is told once") {
  const auto unknown = [](std::uint8_t protocol, int device) {
    return route_message({.protocol = protocol, .attributes = by_device(device)});
  };
  // Two protocols without a name, two devices that have gone.
  const auto scrape =
      scrape_routes(unknown(77, 1) + unknown(78, 1) + unknown(77, 8) + unknown(77, 9));
  CHECK(parse_exposition(scrape.text).size() == 4);
  CHECK(std::count(scrape.text.begin(), scrape.text.end(), '\n') == 4 + 4);
  CHECK(count(scrape, "eth0") == "2");
  CHECK(count(scrape, "") == "2");
}

TEST_CASE("network_route: a failure of either answer is the collector's") {
  const TempHost host;
  for (const std::uint16_t request : {RTM_GETLINK, RTM_GETROUTE}) {
    Syscalls sys;
    answer_netlink(sys, {{request, {netlink_done(EPERM)}}});
    const auto scrape = scrape_collector("network_route", host.fs(), {}, sys);
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.text.empty());
  }
}

}  // namespace hx::test
