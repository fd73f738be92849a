// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("meminfo_numa: kilobytes become bytes, parentheses an underscore, events counters") {
  const TempHost host;
  const std::string node0 = "sys/devices/system/node/node0",
                    node12 = "sys/devices/system/node/node12";
  host.write(node0 + "/meminfo",
             "Node 0 MemTotal:       2000 kB\nNode 0 Active(anon):   3 kB\n"
             "Node 0 HugePages_Total:     7\n");
  host.write(node0 + "/numastat", "numa_hit 46000\nother_node 5\n");
  host.write(node12 + "/meminfo", "Node 12 MemTotal: 1 kB\n");
  host.write(node12 + "/numastat", "numa_hit 1\n");
  host.write("sys/devices/system/node/online", "0,12\n");
  host.write("sys/devices/system/node/nodes/meminfo", "Node 9 MemTotal: 1 kB\n");
  const auto scrape = scrape_collector("meminfo_numa", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_memory_numa_MemTotal{node="0"})") == "2048000");
  CHECK(scrape.value(R"(node_memory_numa_MemTotal{node="12"})") == "1024");
  CHECK(scrape.value(R"(node_memory_numa_Active_anon{node="0"})") == "3072");
  CHECK(scrape.value(R"(node_memory_numa_HugePages_Total{node="0"})") == "7");
  CHECK(scrape.value(R"(node_memory_numa_numa_hit_total{node="0"})") == "46000");
  CHECK(scrape.value(R"(node_memory_numa_other_node_total{node="0"})") == "5");
  CHECK(parse_exposition(scrape.text).size() == 7);
  CHECK(scrape.text.find("# TYPE node_memory_numa_numa_hit_total counter") != std::string::npos);
}

TEST_CASE("meminfo_numa: malformed lines and names are passed over") {
  const TempHost host;
  host.write("sys/devices/system/node/node0/meminfo",
             "\nNode 0\nNode 0 A\nNode 0 A: x kB\nNode 0 A 1 kB\nNode 0 A: 1 MB\nNode 0 {a}: 1\n"
             "Knot 0 A: 1\nNode 0 B: 1");
  host.write("sys/devices/system/node/node0/numastat", "\nhit\nhit x\na{} 1\n");
  const auto scrape = scrape_collector("meminfo_numa", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1);
  CHECK(scrape.value(R"(node_memory_numa_B{node="0"})") == "1");
}

TEST_CASE("meminfo_numa: a kernel without NUMA has no metrics, which is no failure") {
  const TempHost host;
  const auto scrape = scrape_collector("meminfo_numa", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
