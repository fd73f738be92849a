// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("softirqs: each function is counted by CPU") {
  const TempHost host;
  host.write("proc/softirqs",
             "                    CPU0       CPU1\n          HI:          1          2\n"
             "      NET_RX:      34          5\n      BROKEN:  6\n");
  const auto scrape = scrape_collector("softirqs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_softirqs_functions_total{cpu="0",type="HI"})") == "1");
  CHECK(scrape.value(R"(node_softirqs_functions_total{cpu="1",type="HI"})") == "2");
  CHECK(scrape.value(R"(node_softirqs_functions_total{cpu="0",type="NET_RX"})") == "34");
  CHECK(parse_exposition(scrape.text).size() == 4);
}

TEST_CASE("softirqs: a missing file is absent, one without CPUs malformed") {
  const TempHost host;
  CHECK(scrape_collector("softirqs", host.fs()).status.error().is_absent());
  host.write("proc/softirqs", "HI: 1 2\n");
  CHECK(scrape_collector("softirqs", host.fs()).status.error().code == EBADMSG);
}

}  // namespace hx::test
