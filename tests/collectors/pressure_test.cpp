// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string line(std::string_view kind, std::string_view total) {
  return std::string(kind) + " avg10=1.00 avg60=2.00 avg300=3.00 total=" + std::string(total) +
         "\n";
}

}  // namespace

TEST_CASE("pressure: the totals of the lines become seconds") {
  const TempHost host;
  host.write("proc/pressure/cpu", line("some", "1500000") + line("full", "7"));
  host.write("proc/pressure/io", line("some", "2500000") + line("full", "3500000"));
  host.write("proc/pressure/memory", line("some", "4500000") + line("full", "5500000"));
  host.write("proc/pressure/irq", line("full", "6500000"));
  const auto scrape = scrape_collector("pressure", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_pressure_cpu_waiting_seconds_total") == "1.5");
  CHECK(scrape.value("node_pressure_io_waiting_seconds_total") == "2.5");
  CHECK(scrape.value("node_pressure_io_stalled_seconds_total") == "3.5");
  CHECK(scrape.value("node_pressure_memory_waiting_seconds_total") == "4.5");
  CHECK(scrape.value("node_pressure_memory_stalled_seconds_total") == "5.5");
  CHECK(scrape.value("node_pressure_irq_stalled_seconds_total") == "6.5");
  CHECK(parse_exposition(scrape.text).size() == 6);
}

TEST_CASE("pressure: a kernel that does not tell of a resource has no metrics of it") {
  const TempHost host;
  host.write("proc/pressure/cpu", line("some", "1500000"));
  const auto scrape = scrape_collector("pressure", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("pressure: a kernel without it is absent") {
  const TempHost host;
  const auto scrape = scrape_collector("pressure", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

TEST_CASE("pressure: a file without its line or its total is an error") {
  const TempHost host;
  for (const std::string& text :
       {std::string(), std::string("\n"), line("full", "1"), line("some", ""), line("some", "-1"),
        line("some", "18446744073709551616"), std::string("some avg10=1.00\n"),
        std::string("some total = 1\n")}) {
    CAPTURE(text);
    host.write("proc/pressure/cpu", text);
    const auto scrape = scrape_collector("pressure", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse proc/pressure/cpu: Bad message");
    CHECK(scrape.text.empty());
  }
}

}  // namespace hx::test
