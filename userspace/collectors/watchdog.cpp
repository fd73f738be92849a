// SPDX-License-Identifier: Apache-2.0
// Watchdogs from /sys/class/watchdog, see the kernel's
// Documentation/ABI/testing/sysfs-class-watchdog.
#include <algorithm>
#include <array>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// Files with a number.
struct Number {
  std::string_view file, name, help;
};
constexpr std::array<Number, 7> kNumbers{{
    {"access_cs0", "node_watchdog_access_cs0",
     "Value of /sys/class/watchdog/<watchdog>/access_cs0"},
    {"bootstatus", "node_watchdog_bootstatus",
     "Value of /sys/class/watchdog/<watchdog>/bootstatus"},
    {"fw_version", "node_watchdog_fw_version",
     "Value of /sys/class/watchdog/<watchdog>/fw_version"},
    {"nowayout", "node_watchdog_nowayout", "Value of /sys/class/watchdog/<watchdog>/nowayout"},
    {"pretimeout", "node_watchdog_pretimeout_seconds",
     "Value of /sys/class/watchdog/<watchdog>/pretimeout"},
    {"timeleft", "node_watchdog_timeleft_seconds",
     "Value of /sys/class/watchdog/<watchdog>/timeleft"},
    {"timeout", "node_watchdog_timeout_seconds", "Value of /sys/class/watchdog/<watchdog>/timeout"},
}};

// Places in kTexts.
enum Text : std::size_t { kIdentity, kOptions, kGovernor, kState, kStatus, kTextCount };
constexpr std::array<std::string_view, kTextCount> kTexts{"identity", "options",
                                                          "pretimeout_governor", "state", "status"};

constexpr auto kFiles = [] {
  std::array<std::string_view, kNumbers.size() + kTextCount> files;
  for (std::size_t i = 0; i < kNumbers.size(); ++i) files[i] = kNumbers[i].file;
  std::copy(kTexts.begin(), kTexts.end(), files.begin() + kNumbers.size());
  return files;
}();

struct Device {
  Device(const HostFs& fs, std::string own_name, const std::string& dir)
      : name(std::move(own_name)), files(fs, dir, kFiles) {}

  void read() {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = files.number(i);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = files.text_or_empty(numbers.size() + i);
    }
  }

  std::string name;
  Attributes files;
  std::array<std::optional<std::int64_t>, kNumbers.size()> numbers;
  std::array<std::string, kTextCount> texts;
};

class Watchdog final : public Collector {
 public:
  explicit Watchdog(const HostFs& fs)
      : devices_(fs, "sys/class/watchdog", [&fs](const std::string& name, const std::string& dir) {
          return std::make_unique<Device>(fs, name, dir);
        }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = devices_.refresh(); !ok) return ok;
    for (auto* device : devices_.devices()) {
      device->read();
      if (!devices_.keeps_open(kFiles.size())) device->files.close();
    }
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      auto family = out.gauge(kNumbers[i].name, kNumbers[i].help);
      for (const auto* device : devices_.devices()) {
        if (device->numbers[i]) family.add({{"name", device->name}}, *device->numbers[i]);
      }
    }
    auto info = out.gauge("node_watchdog_info", "Info of /sys/class/watchdog/<watchdog>");
    for (const auto* device : devices_.devices()) {
      info.add({{"identity", device->texts[kIdentity]},
                {"name", device->name},
                {"options", device->texts[kOptions]},
                {"pretimeout_governor", device->texts[kGovernor]},
                {"state", device->texts[kState]},
                {"status", device->texts[kStatus]}},
               1);
    }
    return {};
  }

 private:
  DeviceDir<Device> devices_;
};

}  // namespace

Result<CollectorPtr> make_watchdog(const Context& context) {
  return std::make_unique<Watchdog>(context.fs);
}

}  // namespace hx
