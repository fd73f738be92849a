// SPDX-License-Identifier: Apache-2.0
// InfiniBand and RoCE adapters from /sys/class/infiniband, see the kernel's
// Documentation/ABI/stable/sysfs-class-infiniband. The metrics stand in infiniband_counters.cpp.
#include <array>
#include <vector>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {

// What the files below a port's directory are exported as.
std::span<const FieldMetric> infiniband_counters() noexcept;

namespace {

constexpr double kGigabit = 125'000'000;  // in bytes

// Places in kPortFiles.
enum PortFile : std::size_t { kState, kPhysicalState, kRate, kPortFileCount };
constexpr std::array<std::string_view, kPortFileCount> kPortFiles{"state", "phys_state", "rate"};

// Places in kDeviceFiles.
enum DeviceFile : std::size_t { kBoard, kFirmware, kType, kDeviceFileCount };
constexpr std::array<std::string_view, kDeviceFileCount> kDeviceFiles{"board_id", "fw_ver",
                                                                      "hca_type"};

// A port and the counters that its driver has.
struct Port {
  struct Counter {
    const FieldMetric* metric;
    HotFile file;
  };

  Port(const HostFs& fs, std::string own_number, const std::string& dir)
      : number(std::move(own_number)), attributes(fs, dir, kPortFiles) {
    for (const std::string folder : {"counters/", "counters_ext/", "hw_counters/"}) {
      for (const auto& name : fs.list(dir + "/" + folder).value_or({})) {
        const auto* metric = find_field(infiniband_counters(), folder + name);
        if (metric != nullptr) counters.push_back({metric, HotFile(fs, dir + "/" + folder + name)});
      }
    }
  }

  std::size_t file_count() const noexcept { return kPortFiles.size() + counters.size(); }
  void close() noexcept {
    attributes.close();
    for (auto& counter : counters) counter.file.close();
  }

  std::string number;
  Attributes attributes;
  std::vector<Counter> counters;
};

struct Device {
  Device(const HostFs& fs, std::string own_name, const std::string& dir)
      : name(std::move(own_name)),
        attributes(fs, dir, kDeviceFiles),
        ports(fs, dir + "/ports", [&fs](const std::string& number, const std::string& path) {
          return std::make_unique<Port>(fs, number, path);
        }) {}

  std::size_t file_count() const noexcept { return kDeviceFiles.size() + 1 + ports.file_count(); }

  std::string name;
  Attributes attributes;
  DeviceDir<Port> ports;
};

class Infiniband final : public Collector {
 public:
  explicit Infiniband(const HostFs& fs)
      : devices_(fs, "sys/class/infiniband",
                 [&fs](const std::string& name, const std::string& dir) {
                   return std::make_unique<Device>(fs, name, dir);
                 }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = devices_.refresh(); !ok) return ok;
    GroupedSamples samples;
    for (auto* device : devices_.devices()) {
      // One without ports, or that has gone meanwhile.
      if (auto ok = device->ports.refresh(); !ok && !ok.error().is_absent()) return ok;
      add_info(samples, *device);
      for (auto* port : device->ports.devices()) {
        add_state(samples, device->name, *port);
        add_counters(samples, device->name, *port);
        if (!devices_.keeps_open()) port->close();
      }
      if (devices_.keeps_open()) continue;
      device->attributes.close();
      device->ports.close();
    }
    samples.write(out);
    return {};
  }

 private:
  static void add_info(GroupedSamples& samples, Device& device) {
    samples.add(MetricType::kGauge, "node_infiniband_info",
                "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
                {{"board_id", device.attributes.text(kBoard).value_or("")},
                 {"device", device.name},
                 {"firmware_version", device.attributes.text(kFirmware).value_or("")},
                 {"hca_type", device.attributes.text(kType).value_or("")}},
                1);
  }

  // "4: ACTIVE", "5: LinkUp", "100 Gb/sec (4X EDR)".
  static void add_state(GroupedSamples& samples, std::string_view device, Port& port) {
    const auto add = [&](PortFile file, char end, std::string_view name, std::string_view help,
                         double unit) {
      auto text = port.attributes.text(file).value_or("");
      const auto value = to_double(cut(text, end));
      if (!value) return;
      samples.add(MetricType::kGauge, name, help, {{"device", device}, {"port", port.number}},
                  *value * unit);
    };
    add(kState, ':', "node_infiniband_state_id",
        "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act "
        "defer)",
        1);
    add(kPhysicalState, ':', "node_infiniband_physical_state_id",
        "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: "
        "shift, 5: link up, 6: link error recover, 7: phytest)",
        1);
    add(kRate, ' ', "node_infiniband_rate_bytes_per_second", "Maximum signal transfer rate",
        kGigabit);
  }

  // Those that the driver refuses to tell, or says "N/A" of, are left out.
  static void add_counters(GroupedSamples& samples, std::string_view device, Port& port) {
    for (auto& counter : port.counters) {
      const auto value = counter.file.read_u64();
      if (value) samples.add(*counter.metric, {{"device", device}, {"port", port.number}}, *value);
    }
  }

  DeviceDir<Device> devices_;
};

}  // namespace

Result<CollectorPtr> make_infiniband(const Context& context) {
  return std::make_unique<Infiniband>(context.fs);
}

}  // namespace hx
