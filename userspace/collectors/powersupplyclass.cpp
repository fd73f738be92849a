// SPDX-License-Identifier: Apache-2.0
// Batteries and mains from /sys/class/power_supply, see the kernel's Documentation/power/
// power_supply_class.rst.
#include <array>
#include <vector>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kMicro = 1e6;
constexpr double kTenth = 10;

// A file with a number, what its metric is called after node_power_supply_, and how many of the
// file's units make one.
struct Number {
  std::string_view file, name;
  double divisor;
};
constexpr std::array<Number, 49> kNumbers{{
    {"authentic", "authentic", 1},
    {"calibrate", "calibrate", 1},
    {"capacity", "capacity", 1},
    {"capacity_alert_max", "capacity_alert_max", 1},
    {"capacity_alert_min", "capacity_alert_min", 1},
    {"charge_now", "charge_ampere", kMicro},
    {"charge_control_limit", "charge_control_limit", kMicro},
    {"charge_control_limit_max", "charge_control_limit_max", kMicro},
    {"charge_counter", "charge_counter", kMicro},
    {"charge_empty", "charge_empty", kMicro},
    {"charge_empty_design", "charge_empty_design", kMicro},
    {"charge_full", "charge_full", kMicro},
    {"charge_full_design", "charge_full_design", kMicro},
    {"charge_term_current", "charge_term_current", kMicro},
    {"constant_charge_current", "constant_charge_current", kMicro},
    {"constant_charge_current_max", "constant_charge_current_max", kMicro},
    {"constant_charge_voltage", "constant_charge_voltage", kMicro},
    {"constant_charge_voltage_max", "constant_charge_voltage_max", kMicro},
    {"current_now", "current_ampere", kMicro},
    {"current_boot", "current_boot", kMicro},
    {"current_max", "current_max", kMicro},
    {"cycle_count", "cyclecount", 1},
    {"energy_empty", "energy_empty", kMicro},
    {"energy_empty_design", "energy_empty_design", kMicro},
    {"energy_full", "energy_full", kMicro},
    {"energy_full_design", "energy_full_design", kMicro},
    {"energy_now", "energy_watthour", kMicro},
    {"input_current_limit", "input_current_limit", kMicro},
    {"online", "online", 1},
    {"power_now", "power_watt", kMicro},
    {"precharge_current", "precharge_current", kMicro},
    {"present", "present", 1},
    {"temp_alert_max", "temp_alert_max_celsius", kTenth},
    {"temp_alert_min", "temp_alert_min_celsius", kTenth},
    {"temp_ambient", "temp_ambient_celsius", kTenth},
    {"temp_ambient_max", "temp_ambient_max_celsius", kTenth},
    {"temp_ambient_min", "temp_ambient_min_celsius", kTenth},
    {"temp", "temp_celsius", kTenth},
    {"temp_max", "temp_max_celsius", kTenth},
    {"temp_min", "temp_min_celsius", kTenth},
    {"time_to_empty_now", "time_to_empty_seconds", 1},
    {"time_to_full_now", "time_to_full_seconds", 1},
    {"voltage_boot", "voltage_boot", kMicro},
    {"voltage_max", "voltage_max", kMicro},
    {"voltage_max_design", "voltage_max_design", kMicro},
    {"voltage_min", "voltage_min", kMicro},
    {"voltage_min_design", "voltage_min_design", kMicro},
    {"voltage_ocv", "voltage_ocv", kMicro},
    {"voltage_now", "voltage_volt", kMicro},
}};

// Files whose texts are labels of the same name.
constexpr std::array<std::string_view, 11> kTexts{
    "capacity_level", "charge_type", "health",     "manufacturer", "model_name", "scope",
    "serial_number",  "status",      "technology", "type",         "usb_type"};

constexpr auto kFiles = [] {
  std::array<std::string_view, kNumbers.size() + kTexts.size()> files;
  for (std::size_t i = 0; i < kNumbers.size(); ++i) files[i] = kNumbers[i].file;
  for (std::size_t i = 0; i < kTexts.size(); ++i) files[kNumbers.size() + i] = kTexts[i];
  return files;
}();

struct Supply {
  Supply(const HostFs& fs, std::string own_name, const std::string& dir)
      : name(std::move(own_name)), attributes(fs, dir, kFiles) {}

  void read() {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = attributes.number(i);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = attributes.text_or_empty(kNumbers.size() + i);
    }
  }

  std::string name;
  Attributes attributes;
  std::array<std::optional<std::int64_t>, kNumbers.size()> numbers;
  std::array<std::string, kTexts.size()> texts;
};

struct Heading {
  std::string name, help;
};

class PowerSupplyClass final : public Collector {
 public:
  PowerSupplyClass(const HostFs& fs, Filter filter)
      : filter_(std::move(filter)),
        supplies_(fs, "sys/class/power_supply",
                  [this, &fs](const std::string& name, const std::string& dir) {
                    return filter_.accepts(name) ? std::make_unique<Supply>(fs, name, dir)
                                                 : nullptr;
                  }) {
    for (const auto& number : kNumbers) {
      const std::string name(number.name);
      headings_.push_back({"node_power_supply_" + name,
                           name + " value of /sys/class/power_supply/<power_supply>."});
    }
  }

  Status collect(MetricSink& out) override {
    if (auto ok = supplies_.refresh(); !ok) return ok;
    for (auto* supply : supplies_.devices()) {
      supply->read();
      if (!supplies_.keeps_open(kFiles.size())) supply->attributes.close();
    }
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      auto family = out.gauge(headings_[i].name, headings_[i].help);
      for (const auto* supply : supplies_.devices()) {
        if (!supply->numbers[i]) continue;
        family.add({{"power_supply", supply->name}},
                   static_cast<double>(*supply->numbers[i]) / kNumbers[i].divisor);
      }
    }
    add_info(out);
    return {};
  }

 private:
  // A label that would be empty is left out.
  void add_info(MetricSink& out) const {
    auto info =
        out.gauge("node_power_supply_info", "info of /sys/class/power_supply/<power_supply>.");
    for (const auto* supply : supplies_.devices()) {
      std::vector<Label> labels{{"power_supply", supply->name}};
      for (std::size_t i = 0; i < kTexts.size(); ++i) {
        if (!supply->texts[i].empty()) labels.emplace_back(kTexts[i], supply->texts[i]);
      }
      info.add(Labels(labels), 1);
    }
  }

  Filter filter_;
  DeviceDir<Supply> supplies_;
  std::vector<Heading> headings_;  // in the order of kNumbers
};

}  // namespace

Result<CollectorPtr> make_powersupplyclass(const Context& context) {
  auto filter = Filter::make_exclude(
      {"collector.powersupply.ignored-supplies", context.options.powersupply_ignored_supplies});
  if (!filter) return filter.error();
  return std::make_unique<PowerSupplyClass>(context.fs, std::move(*filter));
}

}  // namespace hx
