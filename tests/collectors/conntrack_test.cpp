// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kNames =
    "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop "
    "early_drop icmp_error  expect_new expect_create expect_delete search_restart\n";

void write_sizes(const TempHost& host) {
  host.write("proc/sys/net/netfilter/nf_conntrack_count", "123\n");
  host.write("proc/sys/net/netfilter/nf_conntrack_max", "65536\n");
}

std::string stat(const Scrape& scrape, std::string_view name) {
  return scrape.value("node_nf_conntrack_stat_" + std::string(name));
}

}  // namespace

TEST_CASE("conntrack: sizes are exported, counters are summed over the CPUs") {
  const TempHost host;
  write_sizes(host);
  host.write("proc/net/stat/nf_conntrack",
             std::string(kNames) +
                 "10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20\n"
                 "10 00 01 00 02 03 00 00 04 05 06 07 00 00 00 00 08\n");
  const auto scrape = scrape_collector("conntrack", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_nf_conntrack_entries") == "123");
  CHECK(scrape.value("node_nf_conntrack_entries_limit") == "65536");
  CHECK(stat(scrape, "found") == "19");
  CHECK(stat(scrape, "invalid") == "22");
  CHECK(stat(scrape, "ignore") == "24");
  CHECK(stat(scrape, "insert") == "28");
  CHECK(stat(scrape, "insert_failed") == "30");
  CHECK(stat(scrape, "drop") == "32");
  CHECK(stat(scrape, "early_drop") == "34");
  CHECK(stat(scrape, "search_restart") == "40");
}

TEST_CASE("conntrack: a malformed line costs that line only") {
  const TempHost host;
  write_sizes(host);
  host.write("proc/net/stat/nf_conntrack",
             "\n1 2 3\n0 0 x 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n0 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
  const auto scrape = scrape_collector("conntrack", host.fs());
  REQUIRE(scrape.status);
  CHECK(stat(scrape, "found") == "5");
}

TEST_CASE("conntrack: without the module it is absent") {
  const TempHost host;
  const auto scrape = scrape_collector("conntrack", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
  CHECK(scrape.text.empty());
}

TEST_CASE("conntrack: a size that is no number is an error") {
  const TempHost host;
  write_sizes(host);
  host.write("proc/sys/net/netfilter/nf_conntrack_max", "many\n");
  const auto scrape = scrape_collector("conntrack", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() ==
        "parse proc/sys/net/netfilter/nf_conntrack_max: Bad message");
  CHECK(scrape.value("node_nf_conntrack_entries") == "123");
}

}  // namespace hx::test
