// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// A chip without a device, called after its kind.
void set(const TempHost& host, std::string_view file, std::string_view value) {
  host.write("sys/class/hwmon/hwmon0/name", "chip\n");
  host.write("sys/class/hwmon/hwmon0/" + std::string(file), std::string(value) + "\n");
}

std::string value(const Scrape& scrape, std::string_view metric, std::string_view sensor,
                  std::string_view chip = "chip") {
  return scrape.value("node_hwmon_" + std::string(metric) + "{chip=\"" + std::string(chip) +
                      "\",sensor=\"" + std::string(sensor) + "\"}");
}

void make_chip(const TempHost& host, const std::string& number, std::string_view device,
               std::string_view kind) {
  const auto dir = "sys/devices/" + std::string(device) + "/hwmon/hwmon" + number;
  host.write(dir + "/name", std::string(kind) + "\n");
  host.write(dir + "/temp1_input", number + "000\n");
  host.link(dir + "/device", "../..");
  host.link("sys/class/hwmon/hwmon" + number, "../../../" + dir);
}

}  // namespace

TEST_CASE("hwmon: the type of a sensor and the item make name and unit") {
  const TempHost host;
  set(host, "temp1_input", "54500");
  set(host, "temp1_crit_alarm", "1000");
  set(host, "temp2_type", "4");
  set(host, "in0_input", "1504");
  set(host, "cpu0_vid", "850");
  set(host, "fan1_input", "1098");
  set(host, "fan1_div", "8");
  set(host, "fan1_alarm", "1");
  set(host, "fan1_beep", "1");
  set(host, "curr1_max", "2500");
  set(host, "power1_average", "12500000");
  set(host, "power1_accuracy", "5000000");
  set(host, "power1_average_interval_max", "1000");
  set(host, "energy1_input", "1500000");
  set(host, "humidity1_input", "450000");
  set(host, "pwm1", "128");
  set(host, "pwm1_auto_point1_pwm", "75");
  set(host, "intrusion0_alarm", "0");
  set(host, "beep_enable", "1");
  set(host, "vrm", "85");
  set(host, "update_interval", "1500");
  const auto scrape = scrape_collector("hwmon", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_hwmon_chip_names{chip=\"chip\",chip_name=\"chip\"}") == "1");
  CHECK(value(scrape, "temp_celsius", "temp1") == "54.5");
  CHECK(value(scrape, "temp_crit_alarm_celsius", "temp1") == "1");
  CHECK(value(scrape, "temp_type", "temp2") == "4");
  CHECK(value(scrape, "in_volts", "in0") == "1.504");
  CHECK(value(scrape, "cpu_vid_volts", "cpu0") == "0.85");
  CHECK(value(scrape, "fan_rpm", "fan1") == "1098");
  CHECK(value(scrape, "fan_div", "fan1") == "8");
  CHECK(value(scrape, "fan_alarm", "fan1") == "1");
  CHECK(value(scrape, "fan_beep_enabled", "fan1") == "1");
  CHECK(value(scrape, "curr_max_amps", "curr1") == "2.5");
  CHECK(value(scrape, "power_average_watt", "power1") == "12.5");
  CHECK(value(scrape, "power_accuracy", "power1") == "5");
  CHECK(value(scrape, "power_average_interval_max_seconds", "power1") == "1");
  CHECK(value(scrape, "energy_joule_total", "energy1") == "1.5");
  CHECK(value(scrape, "humidity", "humidity1") == "0.45");
  CHECK(value(scrape, "pwm", "pwm1") == "128");
  CHECK(value(scrape, "pwm_auto_point1_pwm", "pwm1") == "75");
  CHECK(value(scrape, "intrusion_alarm", "intrusion0") == "0");
  CHECK(value(scrape, "beep_enabled", "beep_enable0") == "1");
  CHECK(value(scrape, "voltage_regulator_version", "vrm0") == "85");
  CHECK(value(scrape, "update_interval_seconds", "update_interval0") == "1.5");
  CHECK(parse_exposition(scrape.text).size() == 22);
}

TEST_CASE("hwmon: a sensor that has a plain file names its input") {
  const TempHost host;
  set(host, "temp1", "1000");
  set(host, "temp1_input", "2000");
  const auto scrape = scrape_collector("hwmon", host.fs());
  CHECK(value(scrape, "temp_celsius", "temp1") == "1");
  CHECK(value(scrape, "temp_input_celsius", "temp1") == "2");
}

TEST_CASE("hwmon: a label is a series, and the name of a frequency's sensor") {
  const TempHost host;
  set(host, "temp1_label", "Core 0 ");
  set(host, "freq1_input", "300000000");
  set(host, "freq1_label", "SCLK");
  set(host, "freq2_input", "1");
  const auto scrape = scrape_collector("hwmon", host.fs());
  CHECK(scrape.value("node_hwmon_sensor_label{chip=\"chip\",label=\"Core 0 \",sensor=\"temp1\"}") ==
        "1");
  CHECK(value(scrape, "freq_freq_mhz", "sclk") == "300");
  CHECK(parse_exposition(scrape.text).size() == 1 + 2 + 1);
}

TEST_CASE("hwmon: files that are no items of sensors are left alone") {
  const TempHost host;
  for (const auto* file : {"temp1x", "temp1_", "1temp", "temp", "temps1_input", "uevent",
                           "temp99999999999_input", "temp_reset_history"}) {
    set(host, file, "1");
  }
  set(host, "temp2_input", "hot");
  set(host, "temp3_input", "");
  const auto scrape = scrape_collector("hwmon", host.fs());
  REQUIRE(scrape.status);
  CHECK(value(scrape, "temp_celsius", "temp0") == "0.001");  // "temp"
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("hwmon: a chip is called after the place of its device") {
  const TempHost host;
  make_chip(host, "3", "platform/coretemp.0", "coretemp");
  const auto scrape = scrape_collector("hwmon", host.fs());
  CHECK(value(scrape, "temp_celsius", "temp1", "platform_coretemp_0") == "3");
  CHECK(scrape.value(
            "node_hwmon_chip_names{chip=\"platform_coretemp_0\",chip_name=\"coretemp\"}") == "1");
}

TEST_CASE("hwmon: chips of one device are told apart by kind, those of one kind by directory") {
  const TempHost host;
  make_chip(host, "1", "platform/laptop", "fans");
  make_chip(host, "2", "platform/laptop", "sensors");
  make_chip(host, "3", "platform/laptop", "sensors");
  const auto scrape = scrape_collector("hwmon", host.fs());
  CHECK(value(scrape, "temp_celsius", "temp1", "platform_laptop_fans") == "1");
  CHECK(value(scrape, "temp_celsius", "temp1", "platform_laptop_hwmon2") == "2");
  CHECK(value(scrape, "temp_celsius", "temp1", "platform_laptop_hwmon3") == "3");
}

TEST_CASE("hwmon: an older driver has the items with its device") {
  const TempHost host;
  make_chip(host, "1", "platform/old.1", "old");
  host.write("sys/devices/platform/old.1/fan1_input", "900\n");
  const auto scrape = scrape_collector("hwmon", host.fs());
  CHECK(value(scrape, "fan_rpm", "fan1", "platform_old_1") == "900");
}

TEST_CASE("hwmon: chips and sensors of chips can be left out") {
  const TempHost host;
  make_chip(host, "1", "platform/a", "a");
  make_chip(host, "2", "platform/b", "b");
  CollectorOptions options;
  const auto has = [&](std::string_view chip) {
    return !value(scrape_collector("hwmon", host.fs(), options), "temp_celsius", "temp1", chip)
                .empty();
  };
  options.hwmon_chip_include = "_a$";
  CHECK(has("platform_a"));
  CHECK_FALSE(has("platform_b"));
  options = {.hwmon_sensor_exclude = "^platform_a;temp1$"};
  CHECK_FALSE(has("platform_a"));
  CHECK(has("platform_b"));
  options = {.hwmon_chip_exclude = "x", .hwmon_chip_include = "y"};
  CHECK_FALSE(scrape_collector("hwmon", host.fs(), options).status);
}

TEST_CASE("hwmon: chips come and go, values are read anew") {
  const TempHost host;
  LiveCollector hwmon("hwmon", host.fs());
  const auto missing = hwmon.scrape();
  REQUIRE_FALSE(missing.status);
  CHECK(missing.status.error().is_absent());
  set(host, "temp1_input", "1000");
  CHECK(value(hwmon.scrape(), "temp_celsius", "temp1") == "1");
  set(host, "temp1_input", "2000");
  CHECK(value(hwmon.scrape(), "temp_celsius", "temp1") == "2");
  make_chip(host, "1", "platform/a", "a");
  CHECK(value(hwmon.scrape(), "temp_celsius", "temp1", "platform_a") == "1");
  host.remove("sys/class/hwmon/hwmon1");
  CHECK(value(hwmon.scrape(), "temp_celsius", "temp1", "platform_a").empty());
}

}  // namespace hx::test
