// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kDir = "sys/devices/system/clocksource/";

void write_clocksource(const TempHost& host, std::string_view name, std::string_view available,
                       std::string_view current) {
  const auto dir = std::string(kDir).append(name);
  host.write(dir + "/available_clocksource", available);
  host.write(dir + "/current_clocksource", current);
}

}  // namespace

TEST_CASE("time: the clock is in seconds with a fraction, the zone is the process's") {
  const TempHost host;
  const auto scrape = scrape_collector("time", host.fs(), {}, fixture_syscalls());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_time_seconds") == "1764000000.25");
  CHECK(scrape.value("node_time_zone_offset_seconds{time_zone=\"UTC\"}") == "0");
}

TEST_CASE("time: clock sources are numbered in the order of their names") {
  const TempHost host;
  host.write(std::string(kDir) + "power/control", "auto");
  write_clocksource(host, "clocksource0", "tsc kvm-clock tsc \n", "tsc\n");
  write_clocksource(host, "clocksource1", "hpet\n", "hpet\n");
  const auto scrape = scrape_collector("time", host.fs(), {}, fixture_syscalls(), 2);
  REQUIRE(scrape.status);
  CHECK(bad_exposition_line(scrape.text) == "");
  const auto available = [&](std::string_view source, std::string_view device) {
    return scrape.value("node_time_clocksource_available_info{clocksource=\"" +
                        std::string(source) + "\",device=\"" + std::string(device) + "\"}");
  };
  CHECK(available("tsc", "0") == "1");
  CHECK(available("kvm-clock", "0") == "1");
  CHECK(available("hpet", "1") == "1");
  CHECK(scrape.value("node_time_clocksource_current_info{clocksource=\"tsc\",device=\"0\"}") ==
        "1");
  CHECK(parse_exposition(scrape.text).size() == 7);
}

TEST_CASE("time: without sysfs the clock is still exported") {
  const TempHost host;
  const auto scrape = scrape_collector("time", host.fs(), {}, fixture_syscalls());
  CHECK(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("time: a clock source that cannot be read is an error after the clock") {
  const TempHost host;
  host.write(std::string(kDir) + "clocksource0/available_clocksource", "tsc\n");
  const auto scrape = scrape_collector("time", host.fs(), {}, fixture_syscalls());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() ==
        "open sys/devices/system/clocksource/clocksource0/current_clocksource: No such file or "
        "directory");
  CHECK(scrape.value("node_time_seconds") == "1764000000.25");
}

TEST_CASE("time: names of clock sources may hold anything") {
  const TempHost host;
  write_clocksource(host, "clocksource0", "a\"b\\\n", "");
  const auto scrape = scrape_collector("time", host.fs(), {}, fixture_syscalls());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_time_clocksource_available_info{clocksource="a\"b\\",device="0"})") ==
        "1");
  CHECK(scrape.value(R"(node_time_clocksource_current_info{clocksource="",device="0"})") == "1");
}

TEST_CASE("time: a clock that fails is an error and exports nothing") {
  const TempHost host;
  auto sys = fixture_syscalls();
  sys.clock_gettime = [](clockid_t, timespec*) {
    errno = EINVAL;
    return -1;
  };
  const auto scrape = scrape_collector("time", host.fs(), {}, sys);
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
