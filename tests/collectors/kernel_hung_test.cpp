// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("kernel_hung: the kernel's count is exported") {
  const TempHost host;
  host.write("proc/sys/kernel/hung_task_detect_count", "3\n");
  const auto scrape = scrape_collector("kernel_hung", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_kernel_hung_tasks_total") == "3");
}

TEST_CASE("kernel_hung: an older kernel has no count, a broken file is an error") {
  const TempHost host;
  const auto missing = scrape_collector("kernel_hung", host.fs());
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  for (const std::string text : {"", "x", "-1", "3 4"}) {
    CAPTURE(text);
    host.write("proc/sys/kernel/hung_task_detect_count", text);
    const auto broken = scrape_collector("kernel_hung", host.fs());
    REQUIRE_FALSE(broken.status);
    CHECK_FALSE(broken.status.error().is_absent());
    CHECK(broken.text.empty());
  }
}

}  // namespace hx::test
