// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string info(std::string_view codename, std::string_view mitigation, std::string_view state) {
  return "node_cpu_vulnerabilities_info{codename=\"" + std::string(codename) + "\",mitigation=\"" +
         std::string(mitigation) + "\",state=\"" + std::string(state) + "\"}";
}

}  // namespace

TEST_CASE("cpu_vulnerabilities: state and mitigation are told apart") {
  const TempHost host;
  const std::string dir = "sys/devices/system/cpu/vulnerabilities/";
  host.write(dir + "mds", "Vulnerable: Clear CPU buffers attempted\n");
  host.write(dir + "spec_store_bypass", "Vulnerable\n");
  host.write(dir + "meltdown", "Mitigation: PTI\n");
  host.write(dir + "l1tf", "Not affected\n");
  host.write(dir + "srbds", "Unknown: Dependent on hypervisor status\n");
  host.write(dir + "spectre_v2", "Vulnerable, IBPB: disabled, STIBP: disabled\n");
  host.write(dir + "retbleed", "mitigation: IBRS\n");
  host.write(dir + "gds", "Not affected; no microcode\n");
  host.write(dir + "itlb_multihit", "KVM: Mitigation: VMX disabled\n");
  const auto scrape = scrape_collector("cpu_vulnerabilities", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(info("mds", "Clear CPU buffers attempted", "vulnerable")) == "1");
  CHECK(scrape.value(info("spec_store_bypass", "", "vulnerable")) == "1");
  CHECK(scrape.value(info("meltdown", "PTI", "mitigation")) == "1");
  CHECK(scrape.value(info("l1tf", "", "not affected")) == "1");
  CHECK(scrape.value(info("srbds", "Dependent on hypervisor status", "unknown")) == "1");
  CHECK(scrape.value(info("spectre_v2", "IBPB: disabled, STIBP: disabled", "vulnerable")) == "1");
  CHECK(scrape.value(info("retbleed", "IBRS", "mitigation")) == "1");
  CHECK(scrape.value(info("gds", "", "not affected")) == "1");
  CHECK(scrape.value(info("itlb_multihit", "KVM: Mitigation: VMX disabled", "unknown")) == "1");
}

TEST_CASE("cpu_vulnerabilities: an empty file is unknown, no directory no failure") {
  const TempHost host;
  CHECK(scrape_collector("cpu_vulnerabilities", host.fs()).status);
  host.write("sys/devices/system/cpu/vulnerabilities/new", "");
  const auto scrape = scrape_collector("cpu_vulnerabilities", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(info("new", "", "unknown")) == "1");
}

}  // namespace hx::test
