// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kStat =
    "cpu  1 2 3 4 5 6 7 8 9 10\n"
    "intr 8885917 17 0 0\n"
    "ctxt 38014093\n"
    "btime 1418183276\n"
    "processes 26442\n"
    "procs_running 2\n"
    "procs_blocked 1\n"
    "softirq 5057579 250191 1481983 1647 211099 186066 11 1783454 622196 12499 508444\n";

}  // namespace

TEST_CASE("stat: each number of the file is exported under its own name") {
  const TempHost host;
  host.write("proc/stat", kStat);
  const auto scrape = scrape_collector("stat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_intr_total") == "8885917");
  CHECK(scrape.value("node_context_switches_total") == "38014093");
  CHECK(scrape.value("node_boot_time_seconds") == "1418183276");
  CHECK(scrape.value("node_forks_total") == "26442");
  CHECK(scrape.value("node_procs_running") == "2");
  CHECK(scrape.value("node_procs_blocked") == "1");
  CHECK(parse_exposition(scrape.text).size() == 6);
  CHECK(scrape.text.find("# TYPE node_forks_total counter") != std::string::npos);
  CHECK(scrape.text.find("# TYPE node_boot_time_seconds gauge") != std::string::npos);
}

TEST_CASE("stat: softirqs are exported by vector when they are asked for") {
  const TempHost host;
  host.write("proc/stat", kStat);
  const auto scrape = scrape_collector("stat", host.fs(), {.stat_softirq = true});
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_softirqs_total{vector=\"hi\"}") == "250191");
  CHECK(scrape.value("node_softirqs_total{vector=\"timer\"}") == "1481983");
  CHECK(scrape.value("node_softirqs_total{vector=\"block_iopoll\"}") == "11");
  CHECK(scrape.value("node_softirqs_total{vector=\"rcu\"}") == "508444");
  CHECK(parse_exposition(scrape.text).size() == 6 + 10);
}

TEST_CASE("stat: a missing file is absent, not malformed") {
  const TempHost host;
  const auto scrape = scrape_collector("stat", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "open proc/stat: No such file or directory");
}

TEST_CASE("stat: a file without a good line is an error and exports nothing") {
  const TempHost host;
  for (const std::string text :
       {"", "\n", "ctxt\n", "ctxt x\n", "ctxt -1\n", "ctxts 1\n", "ctxt 18446744073709551616\n"}) {
    CAPTURE(text);
    host.write("proc/stat", text);
    const auto scrape = scrape_collector("stat", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse proc/stat: Bad message");
    CHECK(scrape.text.empty());
  }
}

TEST_CASE("stat: a malformed line costs that line only") {
  const TempHost host;
  host.write("proc/stat", "ctxt x\nbtime 1418183276\nsoftirq 9 1 2 x 4\n");
  const auto scrape = scrape_collector("stat", host.fs(), {.stat_softirq = true});
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_context_switches_total").empty());
  CHECK(scrape.value("node_boot_time_seconds") == "1418183276");
  CHECK(scrape.value("node_softirqs_total{vector=\"timer\"}") == "2");
  CHECK(parse_exposition(scrape.text).size() == 3);
}

TEST_CASE("stat: of a line that comes twice the first good one counts") {
  const TempHost host;
  host.write("proc/stat", "ctxt x\nctxt 1\nctxt 2\nsoftirq 9 1\nsoftirq 9 2\n");
  const auto scrape = scrape_collector("stat", host.fs(), {.stat_softirq = true});
  CHECK(bad_exposition_line(scrape.text) == "");
  CHECK(scrape.value("node_context_switches_total") == "1");
  CHECK(scrape.value("node_softirqs_total{vector=\"hi\"}") == "1");
}

TEST_CASE("stat: a line of interrupts of any length is read") {
  const TempHost host;
  std::string text = "intr 12";
  for (int i = 0; i < 200'000; ++i) text += " 0";
  host.write("proc/stat", text + "\nctxt 13\n");
  const auto scrape = scrape_collector("stat", host.fs());
  CHECK(scrape.value("node_intr_total") == "12");
  CHECK(scrape.value("node_context_switches_total") == "13");
}

}  // namespace hx::test
