// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kDir = "sys/fs/bcache/a-b/";

std::string backing(const std::string& name) {
  return "node_bcache_" + name + R"({backing_device="bdev0",uuid="a-b"})";
}

}  // namespace

TEST_CASE("bcache: sets, backing devices and caches have their files") {
  const TempHost host;
  host.write(kDir + "tree_depth", "2\n");
  host.write(kDir + "internal/btree_read_average_duration_us", "1305\n");
  host.write(kDir + "bdev0/dirty_data", "512\n");
  host.write(kDir + "bdev0/stats_total/cache_hits", "546\n");
  host.write(kDir + "bdev0/writeback_rate_debug",
             "rate:\t\t2.0M/sec\ndirty:\t\t1k\ntarget:\t\t3k\nproportional:\t-1.0k\n"
             "integral:\t7\nchange:\t\t-4k/sec\nnext io:\t17ms\n");
  host.write(kDir + "cache0/written", "8\n");
  host.write(kDir + "cache0/priority_stats", "Unused:\t\t99%\nMetadata:\t1%\nAverage:\t5\n");
  host.write(kDir + "bdevx/dirty_data", "1\n");
  host.write("sys/fs/bcache/register", "");
  auto scrape = scrape_collector("bcache", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_bcache_tree_depth{uuid=\"a-b\"}") == "2");
  CHECK(scrape.value("node_bcache_btree_read_average_duration_seconds{uuid=\"a-b\"}") ==
        "1.305e-06");
  CHECK(scrape.value(backing("dirty_data_bytes")) == "512");
  CHECK(scrape.value(backing("cache_hits_total")) == "546");
  CHECK(scrape.value(backing("writeback_rate")) == "2097152");
  CHECK(scrape.value(backing("dirty_target_bytes")) == "3072");
  CHECK(scrape.value(backing("writeback_rate_proportional_term")) == "-1024");
  CHECK(scrape.value(backing("writeback_rate_integral_term")) == "7");
  CHECK(scrape.value(backing("writeback_change")) == "-4096");
  const std::string cache = R"({cache_device="cache0",uuid="a-b"})";
  CHECK(scrape.value("node_bcache_written_bytes_total" + cache) == "8");
  CHECK(parse_exposition(scrape.text).size() == 2 + 2 + 5 + 1);

  scrape = scrape_collector("bcache", host.fs(), {.bcache_priority_stats = true});
  CHECK(scrape.value("node_bcache_priority_stats_unused_percent" + cache) == "99");
  CHECK(scrape.value("node_bcache_priority_stats_metadata_percent" + cache) == "1");
}

TEST_CASE("bcache: numbers for people become bytes as upstream reads them") {
  const TempHost host;
  const auto bytes = [&](std::string_view text) {
    host.write(kDir + "btree_cache_size", text);
    return scrape_collector("bcache", host.fs())
        .value("node_bcache_btree_cache_size_bytes{uuid=\"a-b\"}");
  };
  CHECK(bytes("0\n") == "0");
  CHECK(bytes("542\n") == "542");
  CHECK(bytes("1k\n") == "1024");
  CHECK(bytes("1.1k\n") == "1124");  // 1 + 1/10.24 of 1,024
  CHECK(bytes("2.512M\n") == "54525952");
  CHECK(bytes("1G\n") == "1073741824");
  for (const std::string_view broken : {"", "k", ".", "1.", ".5", "1.x", "1x", "--1", "- 1", "1 1",
                                        "1e3", "0x1", "18446744073709551616", "99999E", "9Y"}) {
    CAPTURE(broken);
    CHECK(bytes(broken).empty());
  }
}

TEST_CASE("bcache: without a cache there are no metrics, which is no failure") {
  const TempHost host;
  CHECK(scrape_collector("bcache", host.fs()).status);
}

}  // namespace hx::test
