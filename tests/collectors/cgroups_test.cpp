// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("cgroups: each controller has its groups and whether it is enabled") {
  const TempHost host;
  host.write("proc/cgroups",
             "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t4\t33\t1\nnet_cls\t0\t1\t0\n");
  const auto scrape = scrape_collector("cgroups", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_cgroups_cgroups{subsys_name="memory"})") == "33");
  CHECK(scrape.value(R"(node_cgroups_enabled{subsys_name="memory"})") == "1");
  CHECK(scrape.value(R"(node_cgroups_enabled{subsys_name="net_cls"})") == "0");
}

TEST_CASE("cgroups: malformed lines are passed over, a missing file is absent") {
  const TempHost host;
  CHECK(scrape_collector("cgroups", host.fs()).status.error().is_absent());
  host.write("proc/cgroups", "\na\nb 1\nc 1 2\nd 1 x 1\ne 1 2 -1");
  const auto scrape = scrape_collector("cgroups", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
