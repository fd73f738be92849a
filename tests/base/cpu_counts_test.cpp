// SPDX-License-Identifier: Apache-2.0
#include "base/cpu_counts.h"

#include <doctest/doctest.h>

#include <string>

namespace hx::test {

TEST_CASE("cpu counts: each line has a name, a count for each CPU and a rest") {
  auto lines = CpuCounts::parse(
      "           CPU0       CPU2\n  9:   1 2  IO-APIC   9-fasteoi   acpi\nRES: 3 4\n");
  REQUIRE(lines);
  REQUIRE(lines->cpus().size() == 2);
  CHECK(lines->cpus()[0] == "0");
  CHECK(lines->cpus()[1] == "2");
  REQUIRE(lines->next());
  CHECK(lines->name() == "9");
  CHECK(lines->counts()[0] == 1);
  CHECK(lines->counts()[1] == 2);
  CHECK(lines->rest() == "IO-APIC   9-fasteoi   acpi");
  REQUIRE(lines->next());
  CHECK(lines->name() == "RES");
  CHECK(lines->counts()[1] == 4);
  CHECK(lines->rest().empty());
  CHECK_FALSE(lines->next());
}

TEST_CASE("cpu counts: lines of another form are passed over, a name comes once") {
  auto lines = CpuCounts::parse(
      "CPU0 CPU1\nERR: 0\n\nno colon 1 2\n: 1 2\nA: 1 x\nB: -1 2\nC: 1 18446744073709551616\n"
      "D:1 2\nD: 3 4\nE: 5 6");
  REQUIRE(lines);
  REQUIRE(lines->next());
  CHECK(lines->name() == "D");
  CHECK(lines->counts()[0] == 1);
  REQUIRE(lines->next());
  CHECK(lines->name() == "E");
  CHECK_FALSE(lines->next());
}

TEST_CASE("cpu counts: a text that does not begin with the CPUs in their order is refused") {
  for (const std::string text : {"", "\n", "A: 1 2\n", "CPU\n", "CPUx\n", "CPU0 x\n", "CPU-1\n",
                                 "CPU0 CPU0\n", "CPU1 CPU0\n"}) {
    CAPTURE(text);
    CHECK_FALSE(CpuCounts::parse(text));
  }
}

}  // namespace hx::test
