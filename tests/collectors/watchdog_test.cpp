// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("watchdog: numbers are metrics, texts are labels, what it lacks is empty") {
  const TempHost host;
  const std::string dir = "sys/class/watchdog/watchdog0/";
  host.write(dir + "timeout", "60\n");
  host.write(dir + "timeleft", "300\n");
  host.write(dir + "pretimeout", "120\n");
  host.write(dir + "bootstatus", "1\n");
  host.write(dir + "options", "0x8380\n");
  host.write(dir + "identity", "Software Watchdog\n");
  host.write(dir + "nowayout", "x\n");
  const auto scrape = scrape_collector("watchdog", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_watchdog_timeout_seconds{name=\"watchdog0\"}") == "60");
  CHECK(scrape.value("node_watchdog_timeleft_seconds{name=\"watchdog0\"}") == "300");
  CHECK(scrape.value("node_watchdog_pretimeout_seconds{name=\"watchdog0\"}") == "120");
  CHECK(scrape.value("node_watchdog_bootstatus{name=\"watchdog0\"}") == "1");
  CHECK(scrape.value("node_watchdog_info{identity=\"Software Watchdog\",name=\"watchdog0\","
                     "options=\"0x8380\",pretimeout_governor=\"\",state=\"\",status=\"\"}") == "1");
  CHECK(parse_exposition(scrape.text).size() == 5);
}

TEST_CASE("watchdog: without the directory it is absent, an empty one has nothing") {
  const TempHost host;
  const auto missing = scrape_collector("watchdog", host.fs());
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  host.make_dir("sys/class/watchdog");
  const auto empty = scrape_collector("watchdog", host.fs());
  CHECK(empty.status);
  CHECK(empty.text.empty());
}

}  // namespace hx::test
