// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kDir = "proc/spl/kstat/zfs/";

}  // namespace

TEST_CASE("zfs: numbers below the titles are exported under the name of their file") {
  const TempHost host;
  host.write(kDir + "arcstats",
             "6 1 0x01 91 4368 5266997922 97951858082072\nname type data\nhits 4 8772612\n"
             "l2-x.y 4 7\nmemory_available_bytes 3 -922337\ntext 7 word\nsmall 2 5\nbad 4 x\n"
             "none 4\n");
  host.write(kDir + "zil", "name type data\nzil_commit_count 4 10\n");
  host.write(kDir + "unknown", "name type data\nx 4 10\n");
  const auto scrape = scrape_collector("zfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_zfs_arc_hits") == "8772612");
  CHECK(scrape.value("node_zfs_arc_l2_x_y") == "7");
  CHECK(scrape.value("node_zfs_arc_memory_available_bytes") == "-922337");
  CHECK(scrape.value("node_zfs_zil_zil_commit_count") == "10");
  CHECK(parse_exposition(scrape.text).size() == 4);
  CHECK(scrape.text.find("# HELP node_zfs_arc_hits kstat.zfs.misc.arcstats.hits\n"
                         "# TYPE node_zfs_arc_hits untyped\n") != std::string::npos);
}

TEST_CASE("zfs: pools have I/O, a state and datasets") {
  const TempHost host;
  host.write(kDir + "tank/io", "12 3 0x00\nnread    nwritten\n1884160  3206144\n");
  host.write(kDir + "tank/state", "DEGRADED\n");
  host.write(kDir + "tank/objset-0x36",
             "23 1\nname type data\ndataset_name 7 tank/my data\nwrites 4 4\n");
  const auto scrape = scrape_collector("zfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_zfs_zpool_nread{zpool=\"tank\"}") == "1884160");
  CHECK(scrape.value("node_zfs_zpool_nwritten{zpool=\"tank\"}") == "3206144");
  CHECK(scrape.value(R"(node_zfs_zpool_state{state="degraded",zpool="tank"})") == "1");
  CHECK(scrape.value(R"(node_zfs_zpool_state{state="online",zpool="tank"})") == "0");
  CHECK(scrape.value(R"(node_zfs_zpool_dataset_writes{dataset="tank/my data",zpool="tank"})") ==
        "4");
  CHECK(parse_exposition(scrape.text).size() == 2 + 7 + 1);
}

TEST_CASE("zfs: broken files give no broken metrics") {
  const TempHost host;
  host.write(kDir + "arcstats", "hits 4 1\n");
  host.write(kDir + "fm", "name type data\n{} 4\n\n4 4 4\n");
  host.write(kDir + "tank/io", "nread nwritten\n");
  host.write(kDir + "pond/io", "");
  host.write(kDir + "lake/objset-1", "writes 4 4\n");
  const auto scrape = scrape_collector("zfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_zfs_fm_4") == "4");
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("zfs: a name that is not UTF-8 does not spoil the help text") {
  const TempHost host;
  host.write(kDir + "zil", "name type data\nzil_\xff 4 10\n");
  const auto scrape = scrape_collector("zfs", host.fs());
  CHECK(bad_exposition_line(scrape.text) == "");
  CHECK(scrape.value("node_zfs_zil_zil__") == "10");
}

TEST_CASE("zfs: without its module it is absent") {
  const TempHost host;
  CHECK(scrape_collector("zfs", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
