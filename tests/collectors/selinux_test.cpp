// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("selinux: a host without it says so, whatever its configuration") {
  const TempHost host;
  host.write("etc/selinux/config", "SELINUX=enforcing\n");
  const auto scrape = scrape_collector("selinux", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_selinux_enabled") == "0");
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("selinux: the mode in force and the configured one are two things") {
  const TempHost host;
  host.write("sys/fs/selinux/enforce", "0");
  host.write("etc/selinux/config",
             "# SELINUX=disabled\n\nSELINUXTYPE=targeted\nSELINUX=enforcing\n");
  LiveCollector selinux("selinux", host.fs());
  auto scrape = selinux.scrape();
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_selinux_enabled") == "1");
  CHECK(scrape.value("node_selinux_current_mode") == "0");
  CHECK(scrape.value("node_selinux_config_mode") == "1");

  host.write("sys/fs/selinux/enforce", "1");
  host.remove("etc/selinux/config");
  host.write("etc/selinux/config", "SELINUX = permissive\r\n");
  scrape = selinux.scrape();
  CHECK(scrape.value("node_selinux_current_mode") == "1");
  CHECK(scrape.value("node_selinux_config_mode") == "0");
}

TEST_CASE("selinux: a configuration that is missing or says something else means disabled") {
  const TempHost host;
  host.write("sys/fs/selinux/enforce", "1");
  const auto mode = [&] {
    return scrape_collector("selinux", host.fs()).value("node_selinux_config_mode");
  };
  CHECK(mode() == "-1");
  for (const std::string text : {"", "SELINUX", "SELINUX=", "SELINUX=disabled", "SELINUX=x\n"}) {
    CAPTURE(text);
    host.write("etc/selinux/config", text);
    CHECK(mode() == "-1");
  }
}

}  // namespace hx::test
