// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("dmi: what can be read is a label, trimmed; the vendor has another name than its file") {
  const TempHost host;
  host.write("sys/class/dmi/id/bios_version", "2.2.4\n");
  host.write("sys/class/dmi/id/sys_vendor", " Dell \"Inc.\" \n");
  host.write("sys/class/dmi/id/modalias", "dmi:x\n");
  const auto scrape = scrape_collector("dmi", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_dmi_info{bios_version="2.2.4",system_vendor="Dell \"Inc.\""})") ==
        "1");
}

TEST_CASE("dmi: the files are read once") {
  const TempHost host;
  LiveCollector dmi("dmi", host.fs());
  CHECK_FALSE(dmi.scrape().status);
  host.write("sys/class/dmi/id/board_name", "one\n");
  CHECK(dmi.scrape().value("node_dmi_info{board_name=\"one\"}") == "1");
  host.write("sys/class/dmi/id/board_name", "two\n");
  CHECK(dmi.scrape().value("node_dmi_info{board_name=\"one\"}") == "1");
}

TEST_CASE("dmi: a machine without it is absent") {
  const TempHost host;
  host.make_dir("sys/class/dmi/id");
  const auto scrape = scrape_collector("dmi", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
