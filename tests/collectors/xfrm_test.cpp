// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("xfrm: known counters are exported, others and broken lines passed over") {
  const TempHost host;
  host.write("proc/net/xfrm_stat",
             "XfrmInError             \t1\nXfrmAcquireError        \t24532\nXfrmNew \t3\n\n"
             "XfrmOutError\nXfrmInHdrError x\nXfrmInPolError 18446744073709551616\n");
  const auto scrape = scrape_collector("xfrm", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_xfrm_in_error_packets_total") == "1");
  CHECK(scrape.value("node_xfrm_acquire_error_packets_total") == "24532");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("xfrm: a kernel without it is absent") {
  const TempHost host;
  CHECK(scrape_collector("xfrm", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
