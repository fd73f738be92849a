// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kVmstat =
    "nr_free_pages 977769\n"
    "pgpgin 7344136\n"
    "pswpout 23392\n"
    "pgfault 18446744073709551615\n"
    "pgmajfault_s 5\n"
    "oom_kill 0\n"
    "xoom_kill 1\n";

}  // namespace

TEST_CASE("vmstat: the fields of the default expression are exported untyped") {
  const TempHost host;
  host.write("proc/vmstat", kVmstat);
  const auto scrape = scrape_collector("vmstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_vmstat_pgpgin") == "7344136");
  CHECK(scrape.value("node_vmstat_pswpout") == "23392");
  CHECK(scrape.value("node_vmstat_pgfault") == "18446744073709551616");
  CHECK(scrape.value("node_vmstat_pgmajfault_s") == "5");
  CHECK(scrape.value("node_vmstat_oom_kill") == "0");
  CHECK(parse_exposition(scrape.text).size() == 5);
  CHECK(scrape.text.find("# HELP node_vmstat_pgpgin /proc/vmstat information field pgpgin.\n"
                         "# TYPE node_vmstat_pgpgin untyped\n") != std::string::npos);
}

TEST_CASE("vmstat: another expression selects other fields, an empty one all") {
  const TempHost host;
  host.write("proc/vmstat", kVmstat);
  auto scrape = scrape_collector("vmstat", host.fs(), {.vmstat_fields = "free"});
  CHECK(scrape.value("node_vmstat_nr_free_pages") == "977769");
  CHECK(parse_exposition(scrape.text).size() == 1);
  scrape = scrape_collector("vmstat", host.fs(), {.vmstat_fields = ""});
  CHECK(parse_exposition(scrape.text).size() == 7);
  scrape = scrape_collector("vmstat", host.fs(), {.vmstat_fields = "^none$"});
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("vmstat: an invalid expression is refused by the name of its flag") {
  const TempHost host;
  CHECK(scrape_collector("vmstat", host.fs(), {.vmstat_fields = "("}).status.error().message() ==
        "--collector.vmstat.fields: invalid regular expression \"(\": missing ): (");
}

TEST_CASE("vmstat: values are read afresh at each scrape, fields that appear are seen") {
  const TempHost host;
  LiveCollector vmstat("vmstat", host.fs());
  host.write("proc/vmstat", "pgpgin 1\npgfault 2\n");
  vmstat.scrape();
  host.write("proc/vmstat", "pgpgin 3\npgpgout 4\npgfault 5\n");
  const auto scrape = vmstat.scrape();
  CHECK(scrape.value("node_vmstat_pgpgin") == "3");
  CHECK(scrape.value("node_vmstat_pgpgout") == "4");
  CHECK(scrape.value("node_vmstat_pgfault") == "5");
}

TEST_CASE("vmstat: a missing file is absent, not malformed") {
  const TempHost host;
  const auto scrape = scrape_collector("vmstat", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "open proc/vmstat: No such file or directory");
}

TEST_CASE("vmstat: a file without a good line is an error and exports nothing") {
  const TempHost host;
  for (const std::string text : {"", "\n", "pgpgin", "pgpgin\n \n", "\xff\xff"}) {
    CAPTURE(text);
    host.write("proc/vmstat", text);
    const auto scrape = scrape_collector("vmstat", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse proc/vmstat: Bad message");
    CHECK(scrape.text.empty());
  }
}

TEST_CASE("vmstat: a malformed or hostile line costs that line only") {
  const TempHost host;
  host.write("proc/vmstat", "pgpgin x\npgfault\npgpg\"{} 1\npgpg\xff 2\npswpin 6\npswpout 7 8\n");
  const auto scrape = scrape_collector("vmstat", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_vmstat_pswpin") == "6");
  CHECK(scrape.value("node_vmstat_pswpout") == "7");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

}  // namespace hx::test
