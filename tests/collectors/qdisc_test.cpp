// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "support/fake_netlink.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// Two devices, eth0 and eth1, with these queueing disciplines.
Scrape scrape_qdiscs(std::string messages, const CollectorOptions& options = {}) {
  const TempHost host;
  Syscalls sys;
  answer_netlink(
      sys,
      {{RTM_GETLINK, {link_message(1, "eth0", {}) + link_message(2, "eth1", {}) + netlink_done()}},
       {RTM_GETQDISC, {std::move(messages), netlink_done()}}});
  return scrape_collector("qdisc", host.fs(), options, sys);
}

std::string value(const Scrape& scrape, std::string_view metric, std::string_view labels) {
  return scrape.value("node_qdisc_" + std::string(metric) + "{" + std::string(labels) + "}");
}

}  // namespace

TEST_CASE("qdisc: the root of each device is exported with its kind") {
  const auto scrape = scrape_qdiscs(
      qdisc_message(
          1, TC_H_ROOT, "htb",
          {.bytes = 1,
           .packets = 2,
           .queue = {.qlen = 3, .backlog = 4, .drops = 5, .requeues = 6, .overlimits = 7}}) +
      qdisc_message(2, TC_H_ROOT, "noqueue", {}));
  REQUIRE(scrape.status);
  const auto htb = R"(device="eth0",kind="htb")";
  CHECK(value(scrape, "bytes_total", htb) == "1");
  CHECK(value(scrape, "packets_total", htb) == "2");
  CHECK(value(scrape, "current_queue_length", htb) == "3");
  CHECK(value(scrape, "backlog", htb) == "4");
  CHECK(value(scrape, "drops_total", htb) == "5");
  CHECK(value(scrape, "requeues_total", htb) == "6");
  CHECK(value(scrape, "overlimits_total", htb) == "7");
  CHECK(value(scrape, "bytes_total", R"(device="eth1",kind="noqueue")") == "0");
}

TEST_CASE("qdisc: classes, ingress, a device that has gone and damage are left out") {
  const auto scrape = scrape_qdiscs(
      qdisc_message(1, 0x10010, "pfifo", {}) + qdisc_message(1, TC_H_INGRESS, "ingress", {}) +
      qdisc_message(9, TC_H_ROOT, "fq", {}) + netlink_message(RTM_NEWQDISC, "short"));
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("qdisc: packets past 32 bits are told apart from those that wrapped") {
  const auto scrape = scrape_qdiscs(qdisc_message(1, TC_H_ROOT, "fq", {.packets = 5'000'000'000}));
  CHECK(value(scrape, "packets_total", R"(device="eth0",kind="fq")") == "5e+09");
}

TEST_CASE("qdisc: devices can be left out, one twice in the answer is there once") {
  const auto twice = qdisc_message(1, TC_H_ROOT, "fq", {}) + qdisc_message(1, TC_H_ROOT, "fq", {}) +
                     qdisc_message(2, TC_H_ROOT, "fq", {});
  CHECK(parse_exposition(scrape_qdiscs(twice).text).size() == 2 * 7);
  auto scrape = scrape_qdiscs(twice, {.qdisc_device_exclude = "eth1"});
  CHECK(std::count(scrape.text.begin(), scrape.text.end(), '\n') == 3 * 7);
  CHECK(scrape_qdiscs(twice, {.qdisc_device_include = "wlan"}).text.empty());
  CHECK_FALSE(
      scrape_qdiscs(twice, {.qdisc_device_exclude = "a", .qdisc_device_include = "b"}).status);
}

TEST_CASE("qdisc: a failure of either answer is the collector's") {
  const TempHost host;
  for (const std::uint16_t request : {RTM_GETLINK, RTM_GETQDISC}) {
    Syscalls sys;
    answer_netlink(sys, {{request, {netlink_done(EPERM)}}});
    const auto scrape = scrape_collector("qdisc", host.fs(), {}, sys);
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.text.empty());
  }
}

}  // namespace hx::test
