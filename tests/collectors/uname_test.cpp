// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("uname: each field of the kernel's answer is a label") {
  const TempHost host;
  const auto scrape = scrape_collector("uname", host.fs(), {}, fixture_syscalls());
  REQUIRE(scrape.status);
  CHECK(scrape.value(
            "node_uname_info{domainname=\"(none)\",machine=\"x86_64\",nodename=\"fixture\","
            "release=\"6.18.44\",sysname=\"Linux\",version=\"#1 SMP PREEMPT_DYNAMIC\"}") == "1");
}

TEST_CASE("uname: a call that fails is an error and exports nothing") {
  const TempHost host;
  auto sys = fixture_syscalls();
  sys.uname = [](utsname*) {
    errno = EPERM;
    return -1;
  };
  const auto scrape = scrape_collector("uname", host.fs(), {}, sys);
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "uname: Operation not permitted");
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
