// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void set(const TempHost& host, std::string_view file, std::string_view value) {
  host.write("sys/devices/system/edac/mc/" + std::string(file), std::string(value) + "\n");
}

std::string channel(const Scrape& scrape, std::string_view errors, std::string_view label) {
  return scrape.value("node_edac_channel_" + std::string(errors) +
                      "_errors_total{channel=\"1\",controller=\"0\",csrow=\"2\",dimm_label=\"" +
                      std::string(label) + "\"}");
}

}  // namespace

TEST_CASE("edac: errors of controllers, rows and channels are counted each") {
  const TempHost host;
  set(host, "mc0/ce_count", "1");
  set(host, "mc0/ce_noinfo_count", "2");
  set(host, "mc0/ue_count", "3");
  set(host, "mc0/ue_noinfo_count", "4");
  set(host, "mc0/csrow2/ce_count", "5");
  set(host, "mc0/csrow2/ue_count", "6");
  set(host, "mc0/csrow2/ch1_ce_count", "7");
  set(host, "mc0/csrow2/ch1_ue_count", "8");
  set(host, "mc0/csrow2/ch1_dimm_label", "CPU#1_csrow0_channel2");
  const auto scrape = scrape_collector("edac", host.fs());
  REQUIRE(scrape.status);
  const auto errors = [&](std::string_view labels) {
    return scrape.value("node_edac_" + std::string(labels));
  };
  CHECK(errors("correctable_errors_total{controller=\"0\"}") == "1");
  CHECK(errors("csrow_correctable_errors_total{controller=\"0\",csrow=\"unknown\"}") == "2");
  CHECK(errors("uncorrectable_errors_total{controller=\"0\"}") == "3");
  CHECK(errors("csrow_uncorrectable_errors_total{controller=\"0\",csrow=\"unknown\"}") == "4");
  CHECK(errors("csrow_correctable_errors_total{controller=\"0\",csrow=\"2\"}") == "5");
  CHECK(errors("csrow_uncorrectable_errors_total{controller=\"0\",csrow=\"2\"}") == "6");
  CHECK(channel(scrape, "correctable", "CPU1__csrow0__channel2") == "7");
  CHECK(channel(scrape, "uncorrectable", "CPU1__csrow0__channel2") == "8");
}

TEST_CASE("edac: what a controller lacks is left out, other names are no controllers") {
  const TempHost host;
  set(host, "mc0/csrow2/ch1_ce_count", "7");
  set(host, "mc0/csrow2/chx_ce_count", "7");
  set(host, "mc0/csrow/ce_count", "7");
  set(host, "mc0/ce_count", "many");
  set(host, "mc/ce_count", "1");
  set(host, "power/ce_count", "1");
  const auto scrape = scrape_collector("edac", host.fs());
  REQUIRE(scrape.status);
  CHECK(channel(scrape, "correctable", "unknown") == "7");
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("edac: a host without such memory has none, which is no failure") {
  const TempHost host;
  const auto scrape = scrape_collector("edac", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
