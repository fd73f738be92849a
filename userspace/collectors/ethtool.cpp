// SPDX-License-Identifier: Apache-2.0
// What drivers of network devices tell and count, from the ioctls of linux/ethtool.h.
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/device_dir.h"
#include "base/fd.h"
#include "base/filter.h"
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr double kMegabit = 1e6 / 8;               // in bytes
constexpr std::uint32_t kMostCounters = 1U << 16;  // of a device; mlx5 has some thousands

// The modes that fit the 32 bits of ETHTOOL_GSET, by their bit there.
struct Speed {
  unsigned bit, megabits;
  std::string_view duplex, mode;
};
constexpr std::array<Speed, 22> kSpeeds{{
    {ETHTOOL_LINK_MODE_10baseT_Half_BIT, 10, "half", "10baseT"},
    {ETHTOOL_LINK_MODE_10baseT_Full_BIT, 10, "full", "10baseT"},
    {ETHTOOL_LINK_MODE_100baseT_Half_BIT, 100, "half", "100baseT"},
    {ETHTOOL_LINK_MODE_100baseT_Full_BIT, 100, "full", "100baseT"},
    {ETHTOOL_LINK_MODE_1000baseT_Half_BIT, 1000, "half", "1000baseT"},
    {ETHTOOL_LINK_MODE_1000baseT_Full_BIT, 1000, "full", "1000baseT"},
    {ETHTOOL_LINK_MODE_1000baseKX_Full_BIT, 1000, "full", "1000baseKX"},
    {ETHTOOL_LINK_MODE_10000baseT_Full_BIT, 10000, "full", "10000baseT"},
    {ETHTOOL_LINK_MODE_10000baseKX4_Full_BIT, 10000, "full", "10000baseKX4"},
    {ETHTOOL_LINK_MODE_10000baseKR_Full_BIT, 10000, "full", "10000baseKR"},
    {ETHTOOL_LINK_MODE_10000baseR_FEC_BIT, 10000, "full", "10000baseR_FEC"},
    {ETHTOOL_LINK_MODE_20000baseMLD2_Full_BIT, 20000, "full", "20000baseMLD2"},
    {ETHTOOL_LINK_MODE_20000baseKR2_Full_BIT, 20000, "full", "20000baseKR2"},
    {ETHTOOL_LINK_MODE_25000baseCR_Full_BIT, 25000, "full", "25000baseCR"},
    {ETHTOOL_LINK_MODE_40000baseKR4_Full_BIT, 40000, "full", "40000baseKR4"},
    {ETHTOOL_LINK_MODE_40000baseCR4_Full_BIT, 40000, "full", "40000baseCR4"},
    {ETHTOOL_LINK_MODE_40000baseSR4_Full_BIT, 40000, "full", "40000baseSR4"},
    {ETHTOOL_LINK_MODE_40000baseLR4_Full_BIT, 40000, "full", "40000baseLR4"},
    {ETHTOOL_LINK_MODE_56000baseKR4_Full_BIT, 56000, "full", "56000baseKR4"},
    {ETHTOOL_LINK_MODE_56000baseCR4_Full_BIT, 56000, "full", "56000baseCR4"},
    {ETHTOOL_LINK_MODE_56000baseSR4_Full_BIT, 56000, "full", "56000baseSR4"},
    {ETHTOOL_LINK_MODE_56000baseLR4_Full_BIT, 56000, "full", "56000baseLR4"},
}};

struct Port {
  unsigned bit;
  std::string_view type;
};
constexpr std::array<Port, 6> kPorts{{
    {ETHTOOL_LINK_MODE_AUI_BIT, "AUI"},
    {ETHTOOL_LINK_MODE_BNC_BIT, "BNC"},
    {ETHTOOL_LINK_MODE_Backplane_BIT, "Backplane"},
    {ETHTOOL_LINK_MODE_FIBRE_BIT, "FIBRE"},
    {ETHTOOL_LINK_MODE_MII_BIT, "MII"},
    {ETHTOOL_LINK_MODE_TP_BIT, "TP"},
}};

bool has(std::uint32_t modes, unsigned bit) noexcept { return (modes >> bit & 1) != 0; }

// What a set of modes is exported as.
struct Modes {
  std::uint32_t ethtool_cmd::*modes;
  FieldMetric speed, autonegotiate, pause, asymmetric_pause;
};
constexpr FieldMetric gauge(std::string_view name, std::string_view help, double factor = 1) {
  return {{}, name, help, MetricType::kGauge, factor};
}
constexpr std::array<Modes, 2> kModes{{
    {&ethtool_cmd::supported,
     gauge("node_network_supported_speed_bytes",
           "Combination of speeds and features supported by network device", kMegabit),
     gauge("node_network_autonegotiate_supported", "If this port device supports autonegotiate"),
     gauge("node_network_pause_supported", "If this port device supports pause frames"),
     gauge("node_network_asymmetricpause_supported",
           "If this port device supports asymmetric pause frames")},
    {&ethtool_cmd::advertising,
     gauge("node_network_advertised_speed_bytes",
           "Combination of speeds and features offered by network device", kMegabit),
     gauge("node_network_autonegotiate_advertised", "If this port device offers autonegotiate"),
     gauge("node_network_pause_advertised", "If this port device offers pause capability"),
     gauge("node_network_asymmetricpause_advertised",
           "If this port device offers asymmetric pause capability")},
}};

// Drivers' names that are exported under better ones.
constexpr std::array kKnownCounters{
    FieldMetric{"rx_bytes", "node_ethtool_received_bytes_total",
                "Network interface bytes received"},
    FieldMetric{"rx_dropped", "node_ethtool_received_dropped_total",
                "Number of received frames dropped"},
    FieldMetric{"rx_errors", "node_ethtool_received_errors_total",
                "Number of received frames with errors"},
    FieldMetric{"rx_packets", "node_ethtool_received_packets_total",
                "Network interface packets received"},
    FieldMetric{"tx_bytes", "node_ethtool_transmitted_bytes_total", "Network interface bytes sent"},
    FieldMetric{"tx_errors", "node_ethtool_transmitted_errors_total",
                "Number of sent frames with errors"},
    FieldMetric{"tx_packets", "node_ethtool_transmitted_packets_total",
                "Network interface packets sent"},
};

// Replaces what the expression matches.
class Rewrite {
 public:
  Rewrite(std::string_view expression, std::string_view by)
      : regex_(expression, RE2::Latin1), by_(by) {}
  void operator()(std::string& text) const { RE2::GlobalReplace(&text, regex_, by_); }

 private:
  RE2 regex_;
  std::string by_;
};

// A field of a structure, which may do without a zero byte.
template <std::size_t N>
std::string_view text_of(const char (&field)[N]) noexcept {
  const std::string_view text(field, N);
  return text.substr(0, text.find('\0'));
}

// What a driver counts; without a name it is not exported.
struct Counter {
  std::string name, help;
};

// Makes counters of a driver's names.
class Names {
 public:
  explicit Names(Filter filter) : filter_(std::move(filter)) {}

  // `strings` holds ETH_GSTRING_LEN bytes for each counter. Names that become the same are all left
  // out: none of them would be the whole truth.
  std::vector<Counter> make_counters(std::string_view strings) const {
    std::vector<Counter> counters;
    std::map<std::string, std::size_t> uses;
    for (; !strings.empty(); strings.remove_prefix(ETH_GSTRING_LEN)) {
      const auto text = strings.substr(0, ETH_GSTRING_LEN);
      counters.push_back(make_counter(std::string(text.substr(0, text.find('\0')))));
      ++uses[counters.back().name];
    }
    for (auto& counter : counters) {
      if (uses[counter.name] > 1) counter = {};
    }
    return counters;
  }

 private:
  Counter make_counter(std::string name) const {
    clean_(name);
    if (!filter_.accepts(name)) return {};
    if (const auto* known = find_field(kKnownCounters, name)) {
      return {std::string(known->name), std::string(known->help)};
    }
    auto help = "Network interface " + name;
    name.erase(0, name.find_first_not_of('_'));
    if (name.empty()) return {};
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    received_(name);
    transmitted_(name);
    return {"node_ethtool_" + name, std::move(help)};
  }

  Filter filter_;
  // What no name of a metric holds is one underscore, together with those around it.
  Rewrite clean_{"_*[^0-9A-Za-z_]+_*", "_"};
  Rewrite received_{"(^|_)rx(_|$)", "\\1received\\2"};
  Rewrite transmitted_{"(^|_)tx(_|$)", "\\1transmitted\\2"};
};

struct Device {
  std::string name;
  std::string strings;  // the driver's names that the counters were made from
  std::vector<Counter> counters;
};

class Ethtool final : public Collector {
 public:
  Ethtool(const Context& context, Filter devices, Filter metrics)
      : sys_(context.sys),
        device_filter_(std::move(devices)),
        names_(std::move(metrics)),
        devices_(context.fs, "sys/class/net", [this](const std::string& name, const std::string&) {
          return device_filter_.accepts(name) ? std::make_unique<Device>(Device{name, {}, {}})
                                              : nullptr;
        }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = devices_.refresh(); !ok) return ok;
    if (!socket_) socket_ = Fd(sys_.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket_) return Error{errno, "open a socket for ethtool"};
    GroupedSamples samples;
    // A device that knows no such request, or that has gone, tells nothing.
    for (auto* device : devices_.devices()) {
      ethtool_cmd link{};
      link.cmd = ETHTOOL_GSET;
      if (ask(*device, &link)) add_link(samples, device->name, link);
      ethtool_drvinfo driver{};
      driver.cmd = ETHTOOL_GDRVINFO;
      if (!ask(*device, &driver)) continue;
      add_driver(samples, device->name, driver);
      if (read_counters(*device, driver.n_stats)) add_counters(samples, *device);
    }
    samples.write(out);
    return {};
  }

 private:
  bool ask(const Device& device, void* command) {
    ifreq request{};
    device.name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = static_cast<char*>(command);
    return sys_.ioctl(socket_.get(), SIOCETHTOOL, &request) == 0;
  }

  static void add_link(GroupedSamples& samples, const std::string& name, const ethtool_cmd& link);
  static void add_driver(GroupedSamples& samples, const std::string& name,
                         const ethtool_drvinfo& driver);
  bool read_counters(Device& device, std::uint32_t count);
  void add_counters(GroupedSamples& samples, const Device& device) const;

  Syscalls sys_;
  Filter device_filter_;
  Names names_;
  DeviceDir<Device> devices_;
  Fd socket_;
  std::vector<std::uint64_t> strings_, values_;  // reused; 64 bits for the alignment
};

void Ethtool::add_link(GroupedSamples& samples, const std::string& name, const ethtool_cmd& link) {
  const std::array<Label, 1> device{{{"device", name}}};
  static constexpr auto kPort = gauge("node_network_supported_port_info",
                                      "Type of ports or PHYs supported by network device");
  for (const auto& port : kPorts) {
    if (has(link.supported, port.bit)) {
      samples.add(kPort, {{"device", name}, {"type", port.type}}, 1);
    }
  }
  for (const auto& set : kModes) {
    const auto modes = link.*set.modes;
    for (const auto& speed : kSpeeds) {
      if (!has(modes, speed.bit)) continue;
      samples.add(set.speed, {{"device", name}, {"duplex", speed.duplex}, {"mode", speed.mode}},
                  speed.megabits);
    }
    samples.add(set.autonegotiate, device, has(modes, ETHTOOL_LINK_MODE_Autoneg_BIT));
    samples.add(set.pause, device, has(modes, ETHTOOL_LINK_MODE_Pause_BIT));
    samples.add(set.asymmetric_pause, device, has(modes, ETHTOOL_LINK_MODE_Asym_Pause_BIT));
  }
  static constexpr auto kAutonegotiate =
      gauge("node_network_autonegotiate", "If this port is using autonegotiate");
  samples.add(kAutonegotiate, device, link.autoneg);
}

void Ethtool::add_driver(GroupedSamples& samples, const std::string& name,
                         const ethtool_drvinfo& driver) {
  static constexpr auto kInfo =
      gauge("node_ethtool_info",
            "A metric with a constant '1' value labeled by bus_info, device, driver, "
            "expansion_rom_version, firmware_version, version.");
  samples.add(kInfo,
              {{"bus_info", text_of(driver.bus_info)},
               {"device", name},
               {"driver", text_of(driver.driver)},
               {"expansion_rom_version", text_of(driver.erom_version)},
               {"firmware_version", text_of(driver.fw_version)},
               {"version", text_of(driver.version)}},
              1);
}

// Reads the counters of a device into values_, and their names if those are not the known ones.
// The kernel writes as many as the driver has at that moment, whatever the size of the buffer: a
// driver that has got more queues since it was asked must find room.
bool Ethtool::read_counters(Device& device, std::uint32_t count) {
  if (count == 0 || count > kMostCounters) return false;
  const std::size_t room = 2 * std::size_t{count} + 1024;
  const auto resize = [](std::vector<std::uint64_t>& words, std::size_t bytes) {
    words.resize(std::max(words.size(), bytes / sizeof words[0] + 1));
  };
  resize(strings_, sizeof(ethtool_gstrings) + room * ETH_GSTRING_LEN);
  resize(values_, sizeof(ethtool_stats) + room * sizeof(std::uint64_t));

  auto* strings = reinterpret_cast<ethtool_gstrings*>(strings_.data());
  *strings = {.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count};
  if (!ask(device, strings)) return false;
  auto* values = reinterpret_cast<ethtool_stats*>(values_.data());
  *values = {.cmd = ETHTOOL_GSTATS, .n_stats = count};
  if (!ask(device, values)) return false;
  if (strings->len != values->n_stats || strings->len > room) return false;

  const std::string_view text(reinterpret_cast<const char*>(strings->data),
                              std::size_t{strings->len} * ETH_GSTRING_LEN);
  if (text != device.strings) {
    device.counters = names_.make_counters(text);
    device.strings = text;
  }
  return true;
}

void Ethtool::add_counters(GroupedSamples& samples, const Device& device) const {
  const auto* values = reinterpret_cast<const ethtool_stats*>(values_.data());
  for (std::size_t i = 0; i < device.counters.size(); ++i) {
    const auto& counter = device.counters[i];
    if (counter.name.empty()) continue;
    samples.add(MetricType::kUntyped, counter.name, counter.help, {{"device", device.name}},
                static_cast<double>(values->data[i]));
  }
}

}  // namespace

Result<CollectorPtr> make_ethtool(const Context& context) {
  const auto& options = context.options;
  auto devices = Filter::make({"collector.ethtool.device-include", options.ethtool_device_include},
                              {"collector.ethtool.device-exclude", options.ethtool_device_exclude});
  if (!devices) return devices.error();
  auto metrics =
      Filter::make_include({"collector.ethtool.metrics-include", options.ethtool_metrics_include});
  if (!metrics) return metrics.error();
  return std::make_unique<Ethtool>(context, std::move(*devices), std::move(*metrics));
}

}  // namespace hx
