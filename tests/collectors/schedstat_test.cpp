// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("schedstat: the last three fields of a CPU's line are exported") {
  const TempHost host;
  host.write("proc/schedstat",
             "version 15\ntimestamp 4294892296\n"
             "cpu0 1 2 3 4 5 6 1500000000 2500000000 9\ndomain0 3 1 2 3 4 5 6 7 8 9\n"
             "cpu1 0 0 0 0 0 0 3500000000 4500000000 10\n");
  const auto scrape = scrape_collector("schedstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_schedstat_running_seconds_total{cpu=\"0\"}") == "1.5");
  CHECK(scrape.value("node_schedstat_waiting_seconds_total{cpu=\"0\"}") == "2.5");
  CHECK(scrape.value("node_schedstat_timeslices_total{cpu=\"0\"}") == "9");
  CHECK(scrape.value("node_schedstat_running_seconds_total{cpu=\"1\"}") == "3.5");
  CHECK(parse_exposition(scrape.text).size() == 6);
}

TEST_CASE("schedstat: a malformed line and a repeated CPU cost that line only") {
  const TempHost host;
  host.write("proc/schedstat",
             "cpu\ncpux 1 2 3 4 5 6 7 8 9\ncpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 -8 9\n"
             "cpu2 1 2 3 4 5 6 7 8 9\ncpu2 1 2 3 4 5 6 7 8 10");
  const auto scrape = scrape_collector("schedstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_schedstat_timeslices_total{cpu=\"2\"}") == "9");
  CHECK(parse_exposition(scrape.text).size() == 3);
}

TEST_CASE("schedstat: a kernel built without it is absent, an empty file has nothing") {
  const TempHost host;
  const auto missing = scrape_collector("schedstat", host.fs());
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  host.write("proc/schedstat", "");
  const auto empty = scrape_collector("schedstat", host.fs());
  CHECK(empty.status);
  CHECK(empty.text.empty());
}

}  // namespace hx::test
