// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kStat =
    "cpu  300 0 0 0 0 0 0 0 0 0\n"
    "cpu0 100 1 250 5000 33 4 5 6 7 8\n"
    "cpu1 200 0 0 0 0 0 0 0 0 0\n"
    "intr 12 0 0\n";

std::string seconds(const Scrape& scrape, const std::string& cpu, const std::string& mode) {
  return scrape.value("node_cpu_seconds_total{cpu=\"" + cpu + "\",mode=\"" + mode + "\"}");
}

bool has(const Scrape& scrape, std::string_view name) {
  return scrape.text.find(name) != std::string::npos;
}

// One thread: /sys/devices/system/cpu/cpuN.
void write_cpu(const TempHost& host, int cpu, const std::string& package, const std::string& core) {
  const auto dir = "sys/devices/system/cpu/cpu" + std::to_string(cpu);
  host.write(dir + "/topology/physical_package_id", package + "\n");
  host.write(dir + "/topology/core_id", core + "\n");
}

void write_throttles(const TempHost& host, int cpu, int core_count, int package_count) {
  const auto dir = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/thermal_throttle";
  host.write(dir + "/core_throttle_count", std::to_string(core_count) + "\n");
  host.write(dir + "/package_throttle_count", std::to_string(package_count) + "\n");
}

}  // namespace

TEST_CASE("cpu: each CPU's modes are exported in seconds, without their sum") {
  const TempHost host;
  host.write("proc/stat", kStat);
  const auto scrape = scrape_collector("cpu", host.fs());
  REQUIRE(scrape.status);
  CHECK(seconds(scrape, "0", "user") == "1");
  CHECK(seconds(scrape, "0", "nice") == "0.01");
  CHECK(seconds(scrape, "0", "system") == "2.5");
  CHECK(seconds(scrape, "0", "idle") == "50");
  CHECK(seconds(scrape, "0", "iowait") == "0.33");
  CHECK(seconds(scrape, "0", "irq") == "0.04");
  CHECK(seconds(scrape, "0", "softirq") == "0.05");
  CHECK(seconds(scrape, "0", "steal") == "0.06");
  CHECK(scrape.value("node_cpu_guest_seconds_total{cpu=\"0\",mode=\"user\"}") == "0.07");
  CHECK(scrape.value("node_cpu_guest_seconds_total{cpu=\"0\",mode=\"nice\"}") == "0.08");
  CHECK(seconds(scrape, "1", "user") == "2");
  CHECK(parse_exposition(scrape.text).size() == 2 * (8 + 2));
}

TEST_CASE("cpu: the length of a tick is asked for") {
  const TempHost host;
  host.write("proc/stat", kStat);
  const Syscalls sys{.sysconf = [](int) { return 1000L; }};
  CHECK(seconds(scrape_collector("cpu", host.fs(), {}, sys), "0", "idle") == "5");
}

TEST_CASE("cpu: guest times can be left out") {
  const TempHost host;
  host.write("proc/stat", kStat);
  const auto scrape = scrape_collector("cpu", host.fs(), {.cpu_guest = false});
  CHECK_FALSE(has(scrape, "guest"));
  CHECK(has(scrape, "node_cpu_seconds_total"));
}

TEST_CASE("cpu: a missing file is absent, not malformed") {
  const TempHost host;
  const auto scrape = scrape_collector("cpu", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "open proc/stat: No such file or directory");
}

TEST_CASE("cpu: a file without a good line is an error and exports nothing") {
  const TempHost host;
  for (const std::string text :
       {"", "\n", "cpu  1 2 3 4 5 6 7 8 9 10\n", "cpu0 1 2 3 4 5 6 7 8 9\n",
        "cpu0 1 2 3 -4 5 6 7 8 9 10\n", "cpu-1 1 2 3 4 5 6 7 8 9 10\n",
        "cpu99999999999 1 2 3 4 5 6 7 8 9 10\n"}) {
    CAPTURE(text);
    host.write("proc/stat", text);
    const auto scrape = scrape_collector("cpu", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse proc/stat: Bad message");
    CHECK(scrape.text.empty());
  }
}

TEST_CASE("cpu: a malformed line and a repeated CPU cost that line only") {
  const TempHost host;
  host.write("proc/stat",
             "cpu0 x\n"
             "cpu1 100 0 0 0 0 0 0 0 0 0\n"
             "cpu1 200 0 0 0 0 0 0 0 0 0\n"
             "cpu2 300 0 0 0 0 0 0 0 0 0\n");
  const auto scrape = scrape_collector("cpu", host.fs());
  REQUIRE(scrape.status);
  CHECK(seconds(scrape, "0", "user").empty());
  CHECK(seconds(scrape, "1", "user") == "1");
  CHECK(seconds(scrape, "2", "user") == "3");
}

TEST_CASE("cpu: thousands of CPUs are read whole") {
  const TempHost host;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "cpu" + std::to_string(i) + " 1 2 3 4 5 6 7 8 9 10\n";
  host.write("proc/stat", text);
  const auto scrape = scrape_collector("cpu", host.fs());
  CHECK(seconds(scrape, "4999", "steal") == "0.08");
}

TEST_CASE("cpu: a counter that steps back is held until it is passed") {
  const TempHost host;
  LiveCollector cpu("cpu", host.fs());
  host.write("proc/stat", "cpu0 100 100 100 1000 100 100 100 100 100 100\n");
  cpu.scrape();
  host.write("proc/stat", "cpu0 150 99 99 701 99 99 99 99 99 99\n");
  auto scrape = cpu.scrape();
  CHECK(seconds(scrape, "0", "user") == "1.5");
  CHECK(seconds(scrape, "0", "idle") == "10");
  for (const char* mode : {"nice", "system", "iowait", "irq", "softirq", "steal"}) {
    CHECK(seconds(scrape, "0", mode) == "1");
  }
  for (const std::string mode : {"user", "nice"}) {
    CHECK(scrape.value("node_cpu_guest_seconds_total{cpu=\"0\",mode=\"" + mode + "\"}") == "1");
  }
  host.write("proc/stat", "cpu0 150 99 99 1001 101 99 99 99 99 99\n");
  scrape = cpu.scrape();
  CHECK(seconds(scrape, "0", "idle") == "10.01");
  CHECK(seconds(scrape, "0", "iowait") == "1.01");
}

TEST_CASE("cpu: idle time that falls by three seconds is a CPU plugged in again") {
  const TempHost host;
  LiveCollector cpu("cpu", host.fs());
  host.write("proc/stat",
             "cpu0 100 0 0 1000 0 0 0 0 0 0\n"
             "cpu1 100 0 0 1000 0 0 0 0 0 0\n");
  cpu.scrape();
  host.write("proc/stat",
             "cpu0 5 0 0 700 0 0 0 0 0 0\n"
             "cpu1 100 0 0 999 0 0 0 0 0 0\n");
  const auto scrape = cpu.scrape();
  CHECK(seconds(scrape, "0", "user") == "0.05");
  CHECK(seconds(scrape, "0", "idle") == "7");
  CHECK(seconds(scrape, "1", "idle") == "10");
}

TEST_CASE("cpu: a CPU that goes off line is forgotten, the others keep their counters") {
  const TempHost host;
  LiveCollector cpu("cpu", host.fs());
  const std::string cpu0 = "cpu0 100 0 0 1000 0 0 0 0 0 0\n";
  const std::string cpu1 = "cpu1 100 0 0 1000 0 0 0 0 0 0\n";
  host.write("proc/stat", cpu0 + cpu1);
  cpu.scrape();
  host.write("proc/stat", "cpu1 100 0 0 999 0 0 0 0 0 0\n");
  auto scrape = cpu.scrape();
  CHECK(seconds(scrape, "0", "idle").empty());
  CHECK(seconds(scrape, "1", "idle") == "10");
  host.write("proc/stat", "cpu0 1 0 0 999 0 0 0 0 0 0\n" + cpu1);
  scrape = cpu.scrape();
  CHECK(seconds(scrape, "0", "user") == "0.01");
  CHECK(seconds(scrape, "0", "idle") == "9.99");
}

TEST_CASE("cpu: a scrape of a broken file does not lose what the counters were") {
  const TempHost host;
  LiveCollector cpu("cpu", host.fs());
  host.write("proc/stat", "cpu0 100 0 0 1000 0 0 0 0 0 0\n");
  cpu.scrape();
  host.write("proc/stat", "");
  CHECK_FALSE(cpu.scrape().status);
  host.write("proc/stat", "cpu0 100 0 0 999 0 0 0 0 0 0\n");
  CHECK(seconds(cpu.scrape(), "0", "idle") == "10");
}

TEST_CASE("cpu: isolated and off-line CPUs are told from the lists of sysfs") {
  const TempHost host;
  host.write("proc/stat", kStat);
  host.write("sys/devices/system/cpu/isolated", "1,3-4\n");
  host.write("sys/devices/system/cpu/present", "0-3\n");
  host.write("sys/devices/system/cpu/online", "0-1,3\n");
  LiveCollector cpu("cpu", host.fs());
  auto scrape = cpu.scrape();
  REQUIRE(scrape.status);
  for (const std::string isolated : {"1", "3", "4"}) {
    CHECK(scrape.value("node_cpu_isolated{cpu=\"" + isolated + "\"}") == "1");
  }
  CHECK(scrape.value("node_cpu_isolated{cpu=\"0\"}").empty());
  CHECK_FALSE(has(scrape, "node_cpu_online"));  // the first CPU cannot be unplugged

  host.write("sys/devices/system/cpu/cpu0/online", "1\n");
  scrape = scrape_collector("cpu", host.fs());
  CHECK(scrape.value("node_cpu_online{cpu=\"0\"}") == "1");
  CHECK(scrape.value("node_cpu_online{cpu=\"2\"}") == "0");
  CHECK(scrape.value("node_cpu_online{cpu=\"3\"}") == "1");
  CHECK(scrape.value("node_cpu_online{cpu=\"4\"}").empty());
}

TEST_CASE("cpu: a malformed list of CPUs is an error that leaves the times alone") {
  const TempHost host;
  host.write("proc/stat", kStat);
  for (const std::string list : {"x", "0-", "-1", "3-1", "1,1", "2,0-1", "0-4294967295", "0,,1",
                                 "8192", "99999999999999999999"}) {
    CAPTURE(list);
    host.write("sys/devices/system/cpu/online", list);
    const auto scrape = scrape_collector("cpu", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse sys/devices/system/cpu/online: Bad message");
    CHECK(seconds(scrape, "0", "user") == "1");
  }
}

TEST_CASE("cpu: throttles are counted once a core and once a package") {
  const TempHost host;
  host.write("proc/stat", kStat);
  host.write("sys/devices/system/cpu/present", "0-4\n");
  host.write("sys/devices/system/cpu/online", "0-4\n");
  write_cpu(host, 0, "0", "0");
  write_cpu(host, 1, "0", "0");
  write_cpu(host, 2, "0", "1");
  write_cpu(host, 3, "1", "0");
  write_cpu(host, 4, "-1", "0");  // as ARM says it
  write_throttles(host, 0, 5, 30);
  write_throttles(host, 1, 6, 31);
  write_throttles(host, 2, 7, 30);
  write_throttles(host, 3, 8, 40);
  write_throttles(host, 4, 9, 50);
  const auto scrape = scrape_collector("cpu", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_cpu_core_throttles_total{core=\"0\",package=\"0\"}") == "5");
  CHECK(scrape.value("node_cpu_core_throttles_total{core=\"1\",package=\"0\"}") == "7");
  CHECK(scrape.value("node_cpu_core_throttles_total{core=\"0\",package=\"1\"}") == "8");
  CHECK(scrape.value("node_cpu_package_throttles_total{package=\"0\"}") == "30");
  CHECK(scrape.value("node_cpu_package_throttles_total{package=\"1\"}") == "40");
  CHECK(parse_exposition(scrape.text).size() == 20 + 3 + 2);
}

TEST_CASE("cpu: the throttles of a core are read from its other thread when one goes off line") {
  const TempHost host;
  host.write("proc/stat", kStat);
  host.write("sys/devices/system/cpu/present", "0-1\n");
  host.write("sys/devices/system/cpu/online", "0-1\n");
  for (const int thread : {0, 1}) {
    write_cpu(host, thread, "0", "0");
    write_throttles(host, thread, 5 + thread, 30 + thread);
  }
  LiveCollector cpu("cpu", host.fs());
  CHECK(cpu.scrape().value("node_cpu_core_throttles_total{core=\"0\",package=\"0\"}") == "5");
  host.remove("sys/devices/system/cpu/cpu0/topology");
  host.remove("sys/devices/system/cpu/cpu0/thermal_throttle");
  host.write("sys/devices/system/cpu/online", "1\n");
  const auto scrape = cpu.scrape();
  CHECK(scrape.value("node_cpu_core_throttles_total{core=\"0\",package=\"0\"}") == "6");
  CHECK(scrape.value("node_cpu_package_throttles_total{package=\"0\"}") == "31");
}

}  // namespace hx::test
