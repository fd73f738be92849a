// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("meminfo: sizes are exported in bytes, counts of huge pages as they are") {
  const TempHost host;
  host.write("proc/meminfo",
             "MemTotal:        3742148 kB\n"
             "Active(anon):      20336 kB\n"
             "Committed_AS:     530844 kB\n"
             "VmallocTotal:   34359738367 kB\n"
             "HugePages_Total:      17\n"
             "Hugepagesize:       2048 kB\n");
  const auto scrape = scrape_collector("meminfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_memory_MemTotal_bytes") == "3831959552");
  CHECK(scrape.value("node_memory_Active_anon_bytes") == "20824064");
  CHECK(scrape.value("node_memory_Committed_AS_bytes") == "543584256");
  CHECK(scrape.value("node_memory_VmallocTotal_bytes") == "35184372087808");
  CHECK(scrape.value("node_memory_HugePages_Total") == "17");
  CHECK(scrape.value("node_memory_Hugepagesize_bytes") == "2097152");
  CHECK(parse_exposition(scrape.text).size() == 6);
  CHECK(scrape.text.find("# HELP node_memory_Active_anon_bytes Memory information field "
                         "Active_anon_bytes.\n# TYPE node_memory_Active_anon_bytes gauge\n") !=
        std::string::npos);
}

TEST_CASE("meminfo: fields outside upstream's list are left out") {
  const TempHost host;
  host.write("proc/meminfo",
             "MemFree:  1 kB\nKReclaimable: 2 kB\nBalloon: 3 kB\nMemFreed: 4 kB\nMem\xff: 5 kB\n");
  const auto scrape = scrape_collector("meminfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("meminfo: fields that come and go keep their values") {
  const TempHost host;
  LiveCollector meminfo("meminfo", host.fs());
  host.write("proc/meminfo", "MemTotal: 1 kB\nCached: 2 kB\n");
  meminfo.scrape();
  host.write("proc/meminfo", "MemTotal: 3 kB\nMemAvailable: 4 kB\nCached: 5 kB\n");
  auto scrape = meminfo.scrape();
  CHECK(scrape.value("node_memory_MemTotal_bytes") == "3072");
  CHECK(scrape.value("node_memory_MemAvailable_bytes") == "4096");
  CHECK(scrape.value("node_memory_Cached_bytes") == "5120");
  host.write("proc/meminfo", "Cached: 6 kB\n");
  scrape = meminfo.scrape();
  CHECK(scrape.value("node_memory_Cached_bytes") == "6144");
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("meminfo: a missing file is absent, not malformed") {
  const TempHost host;
  const auto scrape = scrape_collector("meminfo", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "open proc/meminfo: No such file or directory");
}

TEST_CASE("meminfo: a file without a good line is an error and exports nothing") {
  const TempHost host;
  for (const std::string text :
       {"", "\n", ":", "MemTotal", "MemTotal:\n", "MemTotal: x kB\n", "MemTotal: -1 kB\n",
        "MemTotal: 1 MB\n", "HugePages_Free: 1 kB\n", "MemTotal: 18446744073709551616 kB\n"}) {
    CAPTURE(text);
    host.write("proc/meminfo", text);
    const auto scrape = scrape_collector("meminfo", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse proc/meminfo: Bad message");
    CHECK(scrape.text.empty());
  }
}

TEST_CASE("meminfo: a line cut off in the middle costs that line only") {
  const TempHost host;
  host.write("proc/meminfo", "MemTotal: 1 kB\nMemFree: 12");
  const auto scrape = scrape_collector("meminfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_memory_MemTotal_bytes") == "1024");
  CHECK(scrape.value("node_memory_MemFree_bytes").empty());
}

}  // namespace hx::test
