// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void set(const TempHost& host, std::string_view file, std::string_view value) {
  host.write("sys/class/nvme/nvme0/" + std::string(file), std::string(value) + "\n");
}

std::string bytes(const Scrape& scrape, std::string_view what) {
  return scrape.value("node_nvme_namespace_" + std::string(what) +
                      "_bytes{device=\"nvme0\",nsid=\"1\"}");
}

}  // namespace

TEST_CASE("nvme: a controller's texts are trimmed, what it lacks is empty") {
  const TempHost host;
  set(host, "model", "Samsung SSD 970 PRO 512GB               ");
  set(host, "serial", "S680HF8N190894I");
  set(host, "state", "live");
  const auto scrape = scrape_collector("nvme", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_nvme_info{cntlid=\"\",device=\"nvme0\",firmware_revision=\"\","
                     "model=\"Samsung SSD 970 PRO 512GB\",serial=\"S680HF8N190894I\","
                     "state=\"live\"}") == "1");
}

TEST_CASE("nvme: the size of a namespace counts sectors, its use blocks") {
  const TempHost host;
  set(host, "nvme0c0n1/size", "1000");
  set(host, "nvme0c0n1/nuse", "10");
  set(host, "nvme0c0n1/queue/logical_block_size", "4096");
  LiveCollector nvme("nvme", host.fs());
  auto scrape = nvme.scrape();
  REQUIRE(scrape.status);
  CHECK(bytes(scrape, "size") == "512000");
  CHECK(bytes(scrape, "capacity") == "512000");
  CHECK(bytes(scrape, "used") == "40960");
  CHECK(bytes(scrape, "logical_block_size") == "4096");
  CHECK(scrape.value(
            "node_nvme_namespace_info{ana_state=\"unknown\",device=\"nvme0\",nsid=\"1\"}") == "1");

  set(host, "nvme0c0n2/ana_state", "optimized");
  scrape = nvme.scrape();
  CHECK(scrape.value(
            "node_nvme_namespace_info{ana_state=\"optimized\",device=\"nvme0\",nsid=\"2\"}") ==
        "1");
  host.remove("sys/class/nvme/nvme0/nvme0c0n1");
  CHECK(bytes(nvme.scrape(), "size").empty());
}

TEST_CASE("nvme: other directories of a controller are no namespaces") {
  const TempHost host;
  for (const auto* name : {"nvme0n1", "nvmec0n1", "nvme0c0n", "nvme0c0n1p1", "hwmon1", "power"}) {
    set(host, std::string(name) + "/size", "1");
  }
  const auto scrape = scrape_collector("nvme", host.fs());
  CHECK(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("nvme: a host without controllers is absent") {
  const TempHost host;
  const auto scrape = scrape_collector("nvme", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

}  // namespace hx::test
