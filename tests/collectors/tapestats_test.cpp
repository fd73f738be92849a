// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void write_drive(const TempHost& host, const std::string& name) {
  const auto dir = "sys/class/scsi_tape/" + name + "/stats/";
  host.write(dir + "in_flight", "1\n");
  host.write(dir + "io_ns", "2500000000\n");
  host.write(dir + "read_byte_cnt", "979383912\n");
}

}  // namespace

TEST_CASE("tapestats: drives are counted once, whatever their modes, in seconds") {
  const TempHost host;
  for (const std::string name : {"st0", "nst0", "st0a", "st12"}) write_drive(host, name);
  const auto scrape = scrape_collector("tapestats", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_tape_io_now{device=\"st0\"}") == "1");
  CHECK(scrape.value("node_tape_io_time_seconds_total{device=\"st0\"}") == "2.5");
  CHECK(scrape.value("node_tape_read_bytes_total{device=\"st12\"}") == "979383912");
  CHECK(parse_exposition(scrape.text).size() == 2 * 3);
}

TEST_CASE("tapestats: drives can be ignored, a broken file costs its metric only") {
  const TempHost host;
  write_drive(host, "st0");
  write_drive(host, "st1");
  host.write("sys/class/scsi_tape/st1/stats/in_flight", "x\n");
  CollectorOptions options;
  options.tapestats_ignored_devices = "^st0$";
  const auto scrape = scrape_collector("tapestats", host.fs(), options);
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2);
  CHECK(scrape.value("node_tape_io_time_seconds_total{device=\"st1\"}") == "2.5");
  options.tapestats_ignored_devices = "(";
  CHECK_FALSE(scrape_collector("tapestats", host.fs(), options).status);
}

TEST_CASE("tapestats: without a drive it is absent") {
  const TempHost host;
  CHECK(scrape_collector("tapestats", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
