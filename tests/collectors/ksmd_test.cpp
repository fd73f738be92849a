// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("ksmd: each file is a metric, milliseconds become seconds") {
  const TempHost host;
  host.write("sys/kernel/mm/ksm/full_scans", "323\n");
  host.write("sys/kernel/mm/ksm/general_profit", "-4096\n");
  host.write("sys/kernel/mm/ksm/sleep_millisecs", "20\n");
  host.write("sys/kernel/mm/ksm/unknown", "1\n");
  const auto scrape = scrape_collector("ksmd", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_ksmd_full_scans_total") == "323");
  CHECK(scrape.value("node_ksmd_general_profit_bytes") == "-4096");
  CHECK(scrape.value("node_ksmd_sleep_seconds") == "0.02");
  CHECK(parse_exposition(scrape.text).size() == 3);
}

TEST_CASE("ksmd: a kernel without it is absent, a broken file an error") {
  const TempHost host;
  CHECK(scrape_collector("ksmd", host.fs()).status.error().is_absent());
  host.write("sys/kernel/mm/ksm/run", "yes\n");
  CHECK(scrape_collector("ksmd", host.fs()).status.error().message() ==
        "parse sys/kernel/mm/ksm/run: Bad message");
}

}  // namespace hx::test
