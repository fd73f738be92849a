// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kDir = "sys/fs/bcachefs/u/";

}  // namespace

TEST_CASE("bcachefs: file systems have compression, errors, counters and devices") {
  const TempHost host;
  host.write(kDir + "btree_cache_size", "1.5M\n");
  host.write(kDir + "compression_stats", "type compressed uncompressed\nlz4:  1k 2.5k 16k\n");
  host.write(kDir + "errors", "checksum_err 3 1700000000\n");
  host.write(kDir + "btree_write_stats", "  nr size\ninitial:  19 108k\n");
  host.write(kDir + "counters/data-read", "since mount: 5\nsince filesystem creation:  12k\n");
  const auto dev = kDir + "dev-0/";
  host.write(dev + "label", "ssd\n");
  host.write(dev + "state", "rw\n");
  host.write(dev + "bucket_size", "512k\n");
  host.write(dev + "nbuckets", "100\n");
  host.write(dev + "durability", "1\n");
  host.write(dev + "io_done", "read:\n  sb  :  39\nwrite:\n  sb:  4\n  odd\n");
  host.write(dev + "io_errors",
             "IO errors since filesystem creation\n  read:  19\nIO errors since 8 y ago\n"
             "  read:  1\n");
  const auto scrape = scrape_collector("bcachefs", host.fs());
  REQUIRE(scrape.status);
  const auto value = [&](const std::string& name, const std::string& labels) {
    return scrape.value("node_bcachefs_" + name + "{" + labels + "uuid=\"u\"}");
  };
  CHECK(value("info", "") == "1");
  CHECK(value("btree_cache_size_bytes", "") == "1572864");
  CHECK(value("compression_compressed_bytes", R"(algorithm="lz4",)") == "1024");
  CHECK(value("compression_uncompressed_bytes", R"(algorithm="lz4",)") == "2560");
  CHECK(value("errors_total", R"(error_type="checksum_err",)") == "3");
  CHECK(value("btree_writes_total", R"(type="initial",)") == "19");
  CHECK(value("btree_write_average_size_bytes", R"(type="initial",)") == "110592");
  CHECK(value("data_read_total", "") == "12288");
  CHECK(value("device_info", R"(device="0",label="ssd",state="rw",)") == "1");
  CHECK(value("device_bucket_size_bytes", R"(device="0",)") == "524288");
  CHECK(value("device_buckets", R"(device="0",)") == "100");
  CHECK(value("device_durability", R"(device="0",)") == "1");
  CHECK(value("device_io_done_bytes_total", R"(data_type="sb",device="0",operation="read",)") ==
        "39");
  CHECK(value("device_io_done_bytes_total", R"(data_type="sb",device="0",operation="write",)") ==
        "4");
  CHECK(value("device_io_errors_total", R"(device="0",type="read",)") == "19");
  CHECK(parse_exposition(scrape.text).size() == 15);
}

TEST_CASE("bcachefs: broken files cost their metrics only") {
  const TempHost host;
  for (const std::string_view text : {"", "x", "k", "-1", "nan", "1e30", "inf k", "99999999E"}) {
    CAPTURE(text);
    host.write(kDir + "btree_cache_size", text);
    host.write(kDir + "compression_stats", "title\nlz4 " + std::string(text));
    host.write(kDir + "counters/c", "since filesystem creation: " + std::string(text));
    host.write(kDir + "errors", "e " + std::string(text));
    const auto scrape = scrape_collector("bcachefs", host.fs());
    REQUIRE(scrape.status);
    CHECK(parse_exposition(scrape.text).size() == 1);
  }
}

TEST_CASE("bcachefs: without such a file system it is absent") {
  const TempHost host;
  CHECK(scrape_collector("bcachefs", host.fs()).status.error().is_absent());
  host.make_dir("sys/fs/bcachefs");
  CHECK(scrape_collector("bcachefs", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
