// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("lnstat: hexadecimal columns become counters, a line is a CPU") {
  const TempHost host;
  host.write("proc/net/stat/arp_cache",
             "entries  allocs\n00000014 00000001 \n00000014  0000000d\n");
  host.write("proc/net/stat/nf_conntrack", "entries\nffffffff\n");
  const auto scrape = scrape_collector("lnstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_lnstat_entries_total{cpu="0",subsystem="arp_cache"})") == "20");
  CHECK(scrape.value(R"(node_lnstat_allocs_total{cpu="1",subsystem="arp_cache"})") == "13");
  CHECK(scrape.value(R"(node_lnstat_entries_total{cpu="0",subsystem="nf_conntrack"})") ==
        "4294967295");
  CHECK(parse_exposition(scrape.text).size() == 5);
}

TEST_CASE("lnstat: hostile files give no broken metrics") {
  const TempHost host;
  host.write("proc/net/stat/empty", "");
  host.write("proc/net/stat/header", "a b");
  host.write("proc/net/stat/odd", "a-b a-b {x}\n1 2 3 4\nx 1\n10000000000000000 1\n\n-1\n");
  const auto scrape = scrape_collector("lnstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_lnstat_a_b_total{cpu="0",subsystem="odd"})") == "1");
  CHECK(scrape.value(R"(node_lnstat__x__total{cpu="0",subsystem="odd"})") == "3");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("lnstat: without caches there are no metrics, which is no failure") {
  const TempHost host;
  CHECK(scrape_collector("lnstat", host.fs()).status);
}

}  // namespace hx::test
