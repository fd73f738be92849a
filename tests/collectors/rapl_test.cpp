// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void make_zone(const TempHost& host, const std::string& dir, const std::string& name,
               const std::string& energy) {
  host.write("sys/class/powercap/" + dir + "/name", name + "\n");
  host.write("sys/class/powercap/" + dir + "/energy_uj", energy + "\n");
}

// Where a zone is on this machine, not on the host.
std::string path_label(const TempHost& host, std::string_view dir) {
  return "path=\"" + host.dir().string() + "/sys/class/powercap/" + std::string(dir) + "\"";
}

std::string joules(const TempHost& host, const Scrape& scrape, std::string_view zone,
                   std::string_view index, std::string_view dir) {
  return scrape.value("node_rapl_" + std::string(zone) + "_joules_total{index=\"" +
                      std::string(index) + "\"," + path_label(host, dir) + "}");
}

}  // namespace

TEST_CASE("rapl: each name of a zone has its metric, a number in the name is the index") {
  const TempHost host;
  make_zone(host, "intel-rapl:0", "package-0", "1500000");
  make_zone(host, "intel-rapl:0:0", "core", "2500000");
  make_zone(host, "intel-rapl:1", "package-1", "3500000");
  make_zone(host, "intel-rapl:1:0", "core", "4500000");
  make_zone(host, "intel-rapl:2", "package-2-die-1", "5500000");
  host.write("sys/class/powercap/intel-rapl/enabled", "1\n");
  const auto scrape = scrape_collector("rapl", host.fs());
  REQUIRE(scrape.status);
  CHECK(joules(host, scrape, "package", "0", "intel-rapl:0") == "1.5");
  CHECK(joules(host, scrape, "core", "0", "intel-rapl:0:0") == "2.5");
  CHECK(joules(host, scrape, "package", "1", "intel-rapl:1") == "3.5");
  CHECK(joules(host, scrape, "core", "1", "intel-rapl:1:0") == "4.5");
  CHECK(joules(host, scrape, "package_2_die_1", "0", "intel-rapl:2") == "5.5");
  CHECK(parse_exposition(scrape.text).size() == 5);
}

TEST_CASE("rapl: the name can be a label") {
  const TempHost host;
  make_zone(host, "intel-rapl:0", "package-0", "1500000");
  const auto scrape = scrape_collector("rapl", host.fs(), {.rapl_enable_zone_label = true});
  CHECK(scrape.value("node_rapl_joules_total{index=\"0\"," + path_label(host, "intel-rapl:0") +
                     ",rapl_zone=\"package\"}") == "1.5");
}

TEST_CASE("rapl: a counter that is no number is an error, a zone that has gone is none") {
  const TempHost host;
  LiveCollector rapl("rapl", host.fs());
  make_zone(host, "intel-rapl:0", "core", "x");
  CHECK(rapl.scrape().status.error().message() ==
        "parse sys/class/powercap/intel-rapl:0/energy_uj: Bad message");
  make_zone(host, "intel-rapl:1", "dram", "1000000");
  host.remove("sys/class/powercap/intel-rapl:0");
  const auto scrape = rapl.scrape();
  REQUIRE(scrape.status);
  CHECK(joules(host, scrape, "dram", "0", "intel-rapl:1") == "1");
}

TEST_CASE("rapl: a machine without it is absent") {
  const TempHost host;
  const auto scrape = scrape_collector("rapl", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

}  // namespace hx::test
