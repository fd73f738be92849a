// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kHead = "Personalities : [raid1] [raid6] [raid5] [raid4] \n";
constexpr std::string_view kTail = "unused devices: <none>\n";

Scrape scrape_mdstat(std::string_view arrays) {
  const TempHost host;
  host.write("proc/mdstat", std::string(kHead) + std::string(arrays) + std::string(kTail));
  return scrape_collector("mdadm", host.fs());
}

std::string value(const Scrape& scrape, std::string_view metric) {
  return scrape.value("node_md_" + std::string(metric) + "{device=\"md0\"}");
}

std::string of_state(const Scrape& scrape, std::string_view metric, std::string_view state) {
  return scrape.value("node_md_" + std::string(metric) + "{device=\"md0\",state=\"" +
                      std::string(state) + "\"}");
}

// The one state that is 1.
std::string state(const Scrape& scrape) {
  std::string found;
  for (const auto* name : {"active", "check", "inactive", "recovering", "resync"}) {
    if (of_state(scrape, "state", name) == "1") found += name;
  }
  return found;
}

}  // namespace

TEST_CASE("mdadm: an array at work is in sync and active") {
  const auto scrape = scrape_mdstat(
      "md0 : active raid6 sdb1[2](F) sdc[1] sda1[0] sde[3](S)\n"
      "      248896 blocks level 6, 64k chunk, algorithm 2 [4/3] [U_UU]\n"
      "      bitmap: 0/1 pages [0KB], 65536KB chunk\n\n");
  REQUIRE(scrape.status);
  CHECK(value(scrape, "blocks") == "248896");
  CHECK(value(scrape, "blocks_synced") == "248896");
  CHECK(value(scrape, "disks_required") == "4");
  CHECK(of_state(scrape, "disks", "active") == "3");
  CHECK(of_state(scrape, "disks", "failed") == "1");
  CHECK(of_state(scrape, "disks", "spare") == "1");
  CHECK(state(scrape) == "active");
}

TEST_CASE("mdadm: what an array is at, and how far, stands before or after its bitmap") {
  const std::string array =
      "md0 : active raid1 sdb1[1] sda1[0]\n      195310144 blocks [2/2] [UU]\n";
  const auto with = [&](std::string_view line) {
    return scrape_mdstat(array + std::string(line) + "\n      bitmap: 0/1 pages\n\n");
  };
  auto scrape =
      with("      [=>...]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=1K/sec");
  CHECK(state(scrape) == "recovering");
  CHECK(value(scrape, "blocks_synced") == "16775552");
  scrape = scrape_mdstat(array +
                         "      bitmap: 0/1 pages\n      [>..]  resync = 1% (5/9) finish=1min\n");
  CHECK(state(scrape) == "resync");
  CHECK(value(scrape, "blocks_synced") == "5");
  scrape = with("      [>..]  check =  5.7% (114176/1993728) finish=0.2min speed=1K/sec");
  CHECK(state(scrape) == "check");
  scrape = with("      [>..]  reshape =  5.7% (7/9) finish=0.2min speed=1K/sec");
  CHECK(state(scrape).empty());
  CHECK(value(scrape, "blocks_synced") == "7");
  for (const auto* waiting : {"      \tresync=DELAYED", "      \tresync=PENDING"}) {
    scrape = with(waiting);
    CHECK(state(scrape) == "resync");
    CHECK(value(scrape, "blocks_synced") == "0");
  }
}

TEST_CASE("mdadm: arrays without redundancy count their disks, inactive ones have none") {
  auto scrape = scrape_mdstat(
      "md0 : active raid0 sda[0] sdb[1] sdc[2]\n      322560 blocks super 1.2 512k chunks\n");
  CHECK(value(scrape, "disks_required") == "3");
  CHECK(of_state(scrape, "disks", "active") == "3");
  scrape =
      scrape_mdstat("md0 : inactive sdb[2](S) sdc[1](S)\n      7932 blocks super external:imsm\n");
  CHECK(state(scrape) == "inactive");
  CHECK(value(scrape, "disks_required") == "0");
  CHECK(of_state(scrape, "disks", "spare") == "2");
  scrape = scrape_mdstat(
      "md0 : active (auto-read-only) raid1 sda[0]\n      8 blocks super 1.2 [2/1] [U_]\n");
  CHECK(state(scrape) == "active");
  CHECK(of_state(scrape, "disks", "active") == "1");
}

TEST_CASE("mdadm: a malformed array, or a second one of a name, costs that array only") {
  const auto scrape = scrape_mdstat(
      "md1\nmd2 : active raid1 sda[0]\nmd3 : active raid1 sda[0]\n      x blocks [2/2] [UU]\n"
      "md4 : active raid1 sda[0]\n      8 blocks [2/x] [UU]\n"
      "md5 : active raid1 sda[0]\n      8 blocks [2/2] [UU]\n      resync = 1% (x/9)\n"
      "md0 : active raid1 sda[0]\n      8 blocks [2/2] [UU]\n"
      "md0 : active raid1 sda[0]\n      9 blocks [2/2] [UU]\n");
  REQUIRE(scrape.status);
  CHECK(value(scrape, "blocks") == "8");
  CHECK(parse_exposition(scrape.text).size() == 3 + 3 + 5);
}

TEST_CASE("mdadm: disks of an array and those it misses are told by sysfs") {
  const TempHost host;
  const std::string array = " : active raid1 sda[0]\n      8 blocks [2/2] [UU]\n";
  host.write("proc/mdstat", "md0" + array + "md1" + array + "md2" + array);
  host.write("sys/block/md0/md/raid_disks", "4 (3)\n");
  host.write("sys/block/md0/md/degraded", "1\n");
  host.write("sys/block/md1/md/raid_disks", "2\n");
  LiveCollector mdadm("mdadm", host.fs());
  auto scrape = mdadm.scrape();
  CHECK(scrape.value("node_md_raid_disks{device=\"md0\"}") == "4");
  CHECK(scrape.value("node_md_degraded{device=\"md0\"}") == "1");
  CHECK(scrape.value("node_md_raid_disks{device=\"md1\"}") == "2");
  CHECK(scrape.value("node_md_degraded{device=\"md1\"}") == "0");
  CHECK(scrape.value("node_md_degraded{device=\"md2\"}").empty());
  host.write("proc/mdstat", "md1" + array);
  scrape = mdadm.scrape();
  CHECK(scrape.value("node_md_raid_disks{device=\"md0\"}").empty());
  CHECK(scrape.value("node_md_raid_disks{device=\"md1\"}") == "2");
}

TEST_CASE("mdadm: without the module it is absent, without arrays it has nothing") {
  const TempHost host;
  const auto missing = scrape_collector("mdadm", host.fs());
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  const auto none = scrape_mdstat("");
  CHECK(none.status);
  CHECK(none.text.empty());
}

}  // namespace hx::test
