// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("xfs: the columns of known lines are exported by device") {
  const TempHost host;
  host.write("sys/fs/xfs/sda1/stats/stats",
             "extent_alloc 1 4 2 3\nrw 28 77\nig 5 3 1 2 0 9 4\nvnodes 4 1 2 3 5 6 7 0\n"
             "xpc 399724544 92823103 86219234\n");
  host.write("sys/fs/xfs/stats/stats", "rw 1 1\n");  // the sum of all, one directory higher
  const auto scrape = scrape_collector("xfs", host.fs());
  REQUIRE(scrape.status);
  const auto value = [&](std::string_view name) {
    return scrape.value("node_xfs_" + std::string(name) + "{device=\"sda1\"}");
  };
  CHECK(value("extent_allocation_extents_allocated_total") == "1");
  CHECK(value("extent_allocation_blocks_allocated_total") == "4");
  CHECK(value("extent_allocation_extents_freed_total") == "2");
  CHECK(value("extent_allocation_blocks_freed_total") == "3");
  CHECK(value("inode_operation_attribute_changes_total") == "4");
  CHECK(value("vnode_remove_total") == "7");
  CHECK(parse_exposition(scrape.text).size() == 4 + 2 + 7 + 7);
}

TEST_CASE("xfs: writes stand before reads, as in the kernel's structure") {
  const TempHost host;
  host.write("sys/fs/xfs/sda1/stats/stats", "rw 28 77\n");
  const auto scrape = scrape_collector("xfs", host.fs());
  CHECK(scrape.value("node_xfs_write_calls_total{device=\"sda1\"}") == "28");
  CHECK(scrape.value("node_xfs_read_calls_total{device=\"sda1\"}") == "77");
}

TEST_CASE("xfs: a malformed number costs the rest of its line") {
  const TempHost host;
  host.write("sys/fs/xfs/sda1/stats/stats", "\nabt 1 x 3 4\nbmbt\nrw -1 2\ndir 1");
  const auto scrape = scrape_collector("xfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("xfs: without such a file system there are no metrics, which is no failure") {
  const TempHost host;
  const auto scrape = scrape_collector("xfs", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
