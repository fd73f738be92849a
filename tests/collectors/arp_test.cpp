// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "support/fake_netlink.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kTitles =
    "IP address       HW type     Flags       HW address            Mask     Device\n";

std::string row(std::string_view device) {
  return "192.0.2.1        0x1         0x2         02:00:00:00:00:01     *        " +
         std::string(device) + "\n";
}

std::string entries(const Scrape& scrape, std::string_view device) {
  return scrape.value("node_arp_entries{device=\"" + std::string(device) + "\"}");
}

Syscalls answering(NetlinkAnswers answers) {
  Syscalls sys;
  answer_netlink(sys, std::move(answers));
  return sys;
}

// Two devices with these entries.
Syscalls with_entries(std::string messages) {
  return answering(
      {{RTM_GETNEIGH, {std::move(messages) + netlink_done()}},
       {RTM_GETLINK, {link_message(1, "lo", {}) + link_message(2, "eth0", {}) + netlink_done()}}});
}

}  // namespace

TEST_CASE("arp: entries are counted by device") {
  const TempHost host;
  const auto sys = with_entries(neighbour_message(2, AF_INET, NUD_REACHABLE) +
                                neighbour_message(2, AF_INET, NUD_STALE) +
                                neighbour_message(1, AF_INET, NUD_PERMANENT));
  const auto scrape = scrape_collector("arp", host.fs(), {}, sys);
  REQUIRE(scrape.status);
  CHECK(entries(scrape, "eth0") == "2");
  CHECK(entries(scrape, "lo") == "1");
}

TEST_CASE("arp: what needs no asking, another family and a device that has gone do not count") {
  const TempHost host;
  const auto sys = with_entries(
      neighbour_message(1, AF_INET, NUD_NOARP) + neighbour_message(2, AF_INET6, NUD_REACHABLE) +
      neighbour_message(3, AF_INET, NUD_REACHABLE) + netlink_message(RTM_NEWNEIGH, "short"));
  const auto scrape = scrape_collector("arp", host.fs(), {}, sys);
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("arp: an answer that fails is an error and exports nothing") {
  const TempHost host;
  const auto sys = answering({{RTM_GETNEIGH, {netlink_done(EPERM)}}});
  const auto scrape = scrape_collector("arp", host.fs(), {}, sys);
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "netlink: dump: Operation not permitted");
  CHECK(scrape.text.empty());
}

TEST_CASE("arp: the file is read where netlink is switched off") {
  const TempHost host;
  host.write("proc/net/arp",
             std::string(kTitles) + row("eth0") + row("eth1") + row("eth0") + "\n192.0.2.9 0x1");
  const auto scrape = scrape_collector("arp", host.fs(), {.arp_netlink = false});
  REQUIRE(scrape.status);
  CHECK(entries(scrape, "eth0") == "2");
  CHECK(entries(scrape, "eth1") == "1");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("arp: devices can be left out, a missing file is absent") {
  const TempHost host;
  CHECK(scrape_collector("arp", host.fs(), {.arp_netlink = false}).status.error().is_absent());
  host.write("proc/net/arp", row("eth0") + row("veth1"));
  CollectorOptions options{.arp_netlink = false};
  options.arp_device_exclude = "^veth";
  auto scrape = scrape_collector("arp", host.fs(), options);
  CHECK(entries(scrape, "eth0") == "1");
  CHECK(entries(scrape, "veth1").empty());
  options.arp_device_include = "eth";
  CHECK_FALSE(scrape_collector("arp", host.fs(), options).status);
}

}  // namespace hx::test
