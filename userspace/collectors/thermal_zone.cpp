// SPDX-License-Identifier: Apache-2.0
// Temperatures and what cools, from /sys/class/thermal, see the kernel's
// Documentation/driver-api/thermal/sysfs-api.rst.
#include <array>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kZone = "thermal_zone";
constexpr std::string_view kCooler = "cooling_device";
constexpr double kMillidegree = 1000;

// Places in kFiles. A zone has the temperature, a cooling device the states.
enum Attribute : std::size_t { kType, kTemperature, kState, kMaxState, kAttributeCount };
constexpr std::array<std::string_view, kAttributeCount> kFiles{"type", "temp", "cur_state",
                                                               "max_state"};

struct Device {
  Device(const HostFs& fs, std::string_view own_number, const std::string& dir)
      : number(own_number), attributes(fs, dir, kFiles) {}

  void read() {
    type = attributes.text_or_empty(kType);
    temperature = attributes.number(kTemperature);
    state = attributes.number(kState);
    max_state = attributes.number(kMaxState);
  }

  std::string number;
  Attributes attributes;
  std::string type;
  std::optional<std::int64_t> temperature, state, max_state;  // nothing: not told now
};

std::unique_ptr<Device> make_device(const HostFs& fs, std::string_view name,
                                    const std::string& dir) {
  for (const auto prefix : {kZone, kCooler}) {
    if (name.starts_with(prefix)) {
      return std::make_unique<Device>(fs, name.substr(prefix.size()), dir);
    }
  }
  return nullptr;
}

class ThermalZone final : public Collector {
 public:
  explicit ThermalZone(const HostFs& fs)
      : devices_(fs, "sys/class/thermal", [&fs](const std::string& name, const std::string& dir) {
          return make_device(fs, name, dir);
        }) {}

  // A host without them is none that fails, as upstream.
  Status collect(MetricSink& out) override {
    if (auto ok = devices_.refresh(); !ok && !ok.error().is_absent()) return ok;
    for (auto* device : devices_.devices()) {
      device->read();
      if (!devices_.keeps_open(kAttributeCount)) device->attributes.close();
    }

    auto temperatures = out.gauge("node_thermal_zone_temp", "Zone temperature in Celsius");
    for (const auto* zone : devices_.devices()) {
      if (!zone->temperature) continue;
      temperatures.add({{"type", zone->type}, {"zone", zone->number}},
                       static_cast<double>(*zone->temperature) / kMillidegree);
    }
    auto states =
        out.gauge("node_cooling_device_cur_state", "Current throttle state of the cooling device");
    for (const auto* cooler : devices_.devices()) {
      if (!cooler->state) continue;
      states.add({{"name", cooler->number}, {"type", cooler->type}}, *cooler->state);
    }
    auto max_states =
        out.gauge("node_cooling_device_max_state", "Maximum throttle state of the cooling device");
    for (const auto* cooler : devices_.devices()) {
      if (!cooler->max_state) continue;
      max_states.add({{"name", cooler->number}, {"type", cooler->type}}, *cooler->max_state);
    }
    return {};
  }

 private:
  DeviceDir<Device> devices_;
};

}  // namespace

Result<CollectorPtr> make_thermal_zone(const Context& context) {
  return std::make_unique<ThermalZone>(context.fs);
}

}  // namespace hx
