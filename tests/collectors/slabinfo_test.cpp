// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kSlabinfo =
    "slabinfo - version: 2.1\n"
    "# name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables\n"
    "tw_sock_TCP  704  864  256  32  2 : tunables 0 0 0 : slabdata 27 27 0\n"
    "dmaengine-unmap-128  1206 1320 1088 30 8 : tunables 0 0 0 : slabdata 44 44 0\n";

}  // namespace

TEST_CASE("slabinfo: each cache has its objects and their sizes") {
  const TempHost host;
  host.write("proc/slabinfo", kSlabinfo);
  const auto scrape = scrape_collector("slabinfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_slabinfo_active_objects{slab="tw_sock_TCP"})") == "704");
  CHECK(scrape.value(R"(node_slabinfo_objects{slab="tw_sock_TCP"})") == "864");
  CHECK(scrape.value(R"(node_slabinfo_object_size_bytes{slab="tw_sock_TCP"})") == "256");
  CHECK(scrape.value(R"(node_slabinfo_objects_per_slab{slab="tw_sock_TCP"})") == "32");
  CHECK(scrape.value(R"(node_slabinfo_pages_per_slab{slab="tw_sock_TCP"})") == "2");
  CHECK(parse_exposition(scrape.text).size() == 2 * 5);
}

TEST_CASE("slabinfo: caches can be chosen by name") {
  const TempHost host;
  host.write("proc/slabinfo", kSlabinfo);
  CollectorOptions options;
  options.slabinfo_slabs_include = "TCP|dma";
  options.slabinfo_slabs_exclude = "^dma";
  const auto scrape = scrape_collector("slabinfo", host.fs(), options);
  CHECK(parse_exposition(scrape.text).size() == 5);
  CHECK_FALSE(scrape.value(R"(node_slabinfo_objects{slab="tw_sock_TCP"})").empty());
}

TEST_CASE("slabinfo: malformed lines are passed over") {
  const TempHost host;
  host.write("proc/slabinfo", "\na 1 2 3 4\nb 1 2 3 4 x\nc -1 2 3 4 5\nd 1 2 3 4 5");
  const auto scrape = scrape_collector("slabinfo", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 5);
  CHECK(scrape.value(R"(node_slabinfo_pages_per_slab{slab="d"})") == "5");
}

TEST_CASE("slabinfo: a missing file is absent") {
  const TempHost host;
  CHECK(scrape_collector("slabinfo", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
