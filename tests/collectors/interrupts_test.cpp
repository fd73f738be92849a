// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kInterrupts =
    "            CPU0       CPU2\n"
    "   9:          0         70   IO-APIC    9-fasteoi   acpi, i8042\n"
    " NMI:          5          0   Non-maskable   interrupts\n"
    " ERR:          3\n"
    " MIS:          0          0\n";

constexpr const char* kAcpi =
    R"(node_interrupts_total{cpu="2",devices="9-fasteoi acpi, i8042",info="IO-APIC",type="9"})";
constexpr const char* kNmi =
    R"(node_interrupts_total{cpu="0",devices="",info="Non-maskable interrupts",type="NMI"})";

}  // namespace

TEST_CASE("interrupts: numbered ones have devices, others a description, by the CPU's number") {
  const TempHost host;
  host.write("proc/interrupts", kInterrupts);
  const auto scrape = scrape_collector("interrupts", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(kAcpi) == "70");
  CHECK(scrape.value(kNmi) == "5");
  CHECK(parse_exposition(scrape.text).size() == 2 * 2);  // neither ERR nor MIS
}

TEST_CASE("interrupts: zeros can be left out") {
  const TempHost host;
  host.write("proc/interrupts", kInterrupts);
  const auto scrape =
      scrape_collector("interrupts", host.fs(), {.interrupts_include_zeros = false});
  CHECK(scrape.value(kAcpi) == "70");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("interrupts: the filters see type, info and devices") {
  const TempHost host;
  host.write("proc/interrupts", kInterrupts);
  CollectorOptions options;
  options.interrupts_name_include = "^9;IO-APIC;9-fasteoi acpi, i8042$|^NMI;";
  options.interrupts_name_exclude = "Non-maskable interrupts;$";
  const auto scrape = scrape_collector("interrupts", host.fs(), options);
  CHECK(scrape.value(kAcpi) == "70");
  CHECK(scrape.value(kNmi).empty());
  options.interrupts_name_exclude = "(";
  CHECK(scrape_collector("interrupts", host.fs(), options)
            .status.error()
            .message()
            .starts_with("--collector.interrupts.name-exclude: "));
}

TEST_CASE("interrupts: a missing file is absent, one without CPUs malformed") {
  const TempHost host;
  CHECK(scrape_collector("interrupts", host.fs()).status.error().is_absent());
  host.write("proc/interrupts", "");
  CHECK(scrape_collector("interrupts", host.fs()).status.error().message() ==
        "parse proc/interrupts: Bad message");
}

}  // namespace hx::test
