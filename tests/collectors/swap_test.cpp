// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kTitles = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

}  // namespace

TEST_CASE("swap: areas have a size and what is used of it in bytes, and a priority") {
  const TempHost host;
  host.write("proc/swaps", std::string(kTitles) +
                               "/dev/zram0                              partition\t1024\t12\t-2\n"
                               "/swap\\040file  file\t\t2048\t0\t5\n");
  const auto scrape = scrape_collector("swap", host.fs());
  REQUIRE(scrape.status);
  const std::string zram = R"({device="/dev/zram0",swap_type="partition"})";
  CHECK(scrape.value("node_swap_size_bytes" + zram) == "1048576");
  CHECK(scrape.value("node_swap_used_bytes" + zram) == "12288");
  CHECK(scrape.value("node_swap_priority" + zram) == "-2");
  CHECK(scrape.value(R"(node_swap_priority{device="/swap\\040file",swap_type="file"})") == "5");
}

TEST_CASE("swap: without an area there are no metrics, broken lines are passed over") {
  const TempHost host;
  host.write("proc/swaps", kTitles);
  CHECK(scrape_collector("swap", host.fs()).status);
  host.write("proc/swaps", std::string(kTitles) + "\n/a file\n/b file 1 2\n/c file x 1 2\n");
  const auto scrape = scrape_collector("swap", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("swap: a missing file is absent") {
  const TempHost host;
  CHECK(scrape_collector("swap", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
