// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("loadavg: the three averages are exported as they stand in the file") {
  const TempHost host;
  host.write("proc/loadavg", "0.02 1.5 12.25 3/456 7890\n");
  const auto scrape = scrape_collector("loadavg", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_load1") == "0.02");
  CHECK(scrape.value("node_load5") == "1.5");
  CHECK(scrape.value("node_load15") == "12.25");
}

TEST_CASE("loadavg: a missing file is absent, not malformed") {
  const TempHost host;
  const auto scrape = scrape_collector("loadavg", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
  CHECK(scrape.status.error().message() == "open proc/loadavg: No such file or directory");
}

TEST_CASE("loadavg: a broken file is an error and exports nothing") {
  const TempHost host;
  for (const std::string text :
       {"", "\n", "0.02", "0.02 1.5", "a b c", "1e999 1 1", "0.1, 0.2 0.3"}) {
    CAPTURE(text);
    host.write("proc/loadavg", text);
    const auto scrape = scrape_collector("loadavg", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().code == EBADMSG);
    CHECK(scrape.text.empty());
  }
}

}  // namespace hx::test
