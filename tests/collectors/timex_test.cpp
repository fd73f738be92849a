// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

int in_microseconds(timex* clock) {
  CHECK(clock->modes == 0);
  *clock = {};
  clock->offset = 5;
  clock->jitter = 7;
  return TIME_ERROR;
}

int in_nanoseconds(timex* clock) {
  in_microseconds(clock);
  clock->status = STA_NANO;
  clock->freq = -65536;
  return TIME_INS;
}

int forbidden(timex*) {
  errno = EPERM;
  return -1;
}

}  // namespace

TEST_CASE("timex: the clock's resolution is the unit of offset and jitter") {
  const TempHost host;
  auto scrape = scrape_collector("timex", host.fs(), {}, {.adjtimex = in_microseconds});
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_timex_offset_seconds") == "5e-06");
  CHECK(scrape.value("node_timex_pps_jitter_seconds") == "7e-06");
  CHECK(scrape.value("node_timex_frequency_adjustment_ratio") == "1");
  scrape = scrape_collector("timex", host.fs(), {}, {.adjtimex = in_nanoseconds});
  CHECK(scrape.value("node_timex_offset_seconds") == "5e-09");
  CHECK(scrape.value("node_timex_pps_jitter_seconds") == "7e-09");
  CHECK(scrape.value("node_timex_frequency_adjustment_ratio") == "0.999999");
}

TEST_CASE("timex: only a clock in error is out of sync") {
  const TempHost host;
  CHECK(scrape_collector("timex", host.fs(), {}, {.adjtimex = in_microseconds})
            .value("node_timex_sync_status") == "0");
  CHECK(scrape_collector("timex", host.fs(), {}, {.adjtimex = in_nanoseconds})
            .value("node_timex_sync_status") == "1");
}

TEST_CASE("timex: a refusal is an error and exports nothing") {
  const TempHost host;
  const auto scrape = scrape_collector("timex", host.fs(), {}, {.adjtimex = forbidden});
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "adjtimex: Operation not permitted");
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
