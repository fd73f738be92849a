// SPDX-License-Identifier: Apache-2.0
// InfiniBand and RoCE adapters from /sys/class/infiniband, see the kernel's
// Documentation/ABI/stable/sysfs-class-infiniband. The metrics stand in infiniband_counters.cpp.
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {

// What the files below a port's directory are exported as.
std::span<const FieldMetric> infiniband_counters() noexcept;

namespace {

constexpr std::string_view kClass = "sys/class/infiniband";
constexpr double kGigabit = 125'000'000;  // in bytes

using Port = std::initializer_list<Label>;

class Infiniband final : public Collector {
 public:
  explicit Infiniband(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto devices = fs_.list(kClass);
    if (!devices) return devices.error();
    GroupedSamples samples;
    for (const auto& device : *devices) {
      const auto dir = std::string(kClass) + "/" + device;
      add_info(samples, dir, device);
      for (const auto& port : fs_.list(dir + "/ports").value_or({})) {
        const auto port_dir = dir + "/ports/" + port;
        add_state(samples, port_dir, {{"device", device}, {"port", port}});
        add_counters(samples, port_dir, {{"device", device}, {"port", port}});
      }
    }
    samples.write(out);
    return {};
  }

 private:
  std::string read(const std::string& path) const { return fs_.read_trimmed(path).value_or({}); }

  void add_info(GroupedSamples& samples, const std::string& dir, const std::string& device) const {
    samples.add(MetricType::kGauge, "node_infiniband_info",
                "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
                {{"board_id", read(dir + "/board_id")},
                 {"device", device},
                 {"firmware_version", read(dir + "/fw_ver")},
                 {"hca_type", read(dir + "/hca_type")}},
                1);
  }

  // "4: ACTIVE", "5: LinkUp", "100 Gb/sec (4X EDR)".
  void add_state(GroupedSamples& samples, const std::string& dir, Port labels) const {
    const auto add = [&](std::string_view file, char end, std::string_view name,
                         std::string_view help, double unit) {
      const auto text = read(dir + "/" + std::string(file));
      std::string_view rest = text;
      const auto value = to_double(cut(rest, end));
      if (value) samples.add(MetricType::kGauge, name, help, labels, *value * unit);
    };
    add("state", ':', "node_infiniband_state_id",
        "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act "
        "defer)",
        1);
    add("phys_state", ':', "node_infiniband_physical_state_id",
        "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: "
        "shift, 5: link up, 6: link error recover, 7: phytest)",
        1);
    add("rate", ' ', "node_infiniband_rate_bytes_per_second", "Maximum signal transfer rate",
        kGigabit);
  }

  // Which counters there are depends on the driver; those it refuses to tell, or says "N/A" of, are
  // left out.
  void add_counters(GroupedSamples& samples, const std::string& dir, Port labels) const {
    for (const std::string folder : {"counters/", "counters_ext/", "hw_counters/"}) {
      for (const auto& file : fs_.list(dir + "/" + folder).value_or({})) {
        const auto* metric = find_field(infiniband_counters(), folder + file);
        if (metric == nullptr) continue;
        const auto value = fs_.read_u64(dir + "/" + folder + file);
        if (value) samples.add(*metric, labels, *value);
      }
    }
  }

  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_infiniband(const Context& context) {
  return std::make_unique<Infiniband>(context);
}

}  // namespace hx
