// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("zoneinfo: each zone has its pages, a node's counts stand in its first zone") {
  const TempHost host;
  host.write("proc/zoneinfo",
             "Node 0, zone      DMA\n  per-node stats\n      nr_inactive_anon 305202\n"
             "      nr_dirtied   77\n  pages free     3840\n        boost    0\n"
             "        min      8\n        low      12\n        high     16\n"
             "        protection: (0, 2900, 7800)\n      nr_free_pages 3840\n"
             "  pagesets\n    cpu: 0\n              count:    1\n              high:     9\n"
             "Node 0, zone   Normal\n  pages free     100\n        min      20\n"
             "        protection: (0, 0, 0)\n      numa_hit 9007\n");
  const auto scrape = scrape_collector("zoneinfo", host.fs());
  REQUIRE(scrape.status);
  const auto value = [&](std::string_view name, std::string_view zone) {
    return scrape.value("node_zoneinfo_" + std::string(name) + "{node=\"0\",zone=\"" +
                        std::string(zone) + "\"}");
  };
  CHECK(value("nr_inactive_anon_pages", "DMA") == "305202");
  CHECK(value("nr_dirtied_total", "DMA") == "77");
  CHECK(value("min_pages", "DMA") == "8");
  CHECK(value("low_pages", "DMA") == "12");
  CHECK(value("high_pages", "DMA") == "16");
  CHECK(value("nr_free_pages", "DMA") == "3840");
  CHECK(value("protection_1", "DMA") == "2900");
  CHECK(value("protection_2", "DMA") == "7800");
  CHECK(value("min_pages", "Normal") == "20");
  CHECK(value("numa_hit_total", "Normal") == "9007");
  CHECK(parse_exposition(scrape.text).size() == 6 + 3 + 2 + 3);
  CHECK(scrape.text.find("# TYPE node_zoneinfo_nr_dirtied_total counter") != std::string::npos);
}

TEST_CASE("zoneinfo: lines before the first zone and malformed ones are passed over") {
  const TempHost host;
  host.write("proc/zoneinfo",
             "min 1\nNode 0\nmin 1\nNode 0, zone\nmin 1\nNode 0, zone A\nmin\nlow x\n"
             "high 9223372036854775808\nprotection: (1, x)\nprotection: 1\nspanned 5");
  const auto scrape = scrape_collector("zoneinfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_zoneinfo_spanned_pages{node="0",zone="A"})") == "5");
  CHECK(scrape.value(R"(node_zoneinfo_protection_0{node="0",zone="A"})") == "1");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("zoneinfo: a missing file is absent") {
  const TempHost host;
  CHECK(scrape_collector("zoneinfo", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
