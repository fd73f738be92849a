// SPDX-License-Identifier: Apache-2.0
// Energy that parts of the machine used, from /sys/class/powercap, see the kernel's
// Documentation/power/powercap/powercap.rst.
#include <algorithm>
#include <map>
#include <vector>

#include "base/device_dir.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kDirectory = "sys/class/powercap";
constexpr double kMicrojoule = 1e6;

struct Zone {
  std::string path, name;  // where it is on this machine, and "package-0" as the kernel says
  HotFile energy;
};

// What has a name and counts energy. A control type, "intel-rapl", does not.
std::unique_ptr<Zone> make_zone(const HostFs& fs, const std::string& dir) {
  const auto text = fs.read_trimmed(dir + "/name");
  if (!text || !fs.exists(dir + "/energy_uj")) return nullptr;
  std::string_view rest = *text, line;  // the name stands in a help text too: one line of UTF-8
  next_line(rest, line);
  return std::make_unique<Zone>(
      Zone{fs.resolve(dir), to_utf8(line), HotFile(fs, dir + "/energy_uj")});
}

// "package-1" is number 1 of "package"; a name without a number, or with several, gets the next one
// of its own.
struct ZoneName {
  std::string name;
  int index = 0;
};

ZoneName parse_zone_name(const std::string& text, std::map<std::string, int>& next_index) {
  ZoneName zone{text, 0};
  const auto dash = text.find('-');
  const auto number = dash == std::string::npos
                          ? std::nullopt
                          : to_number<int>(std::string_view(text).substr(dash + 1));
  if (number && *number >= 0) {
    zone = {text.substr(0, dash), *number};
  } else {
    zone.index = next_index[text];
  }
  next_index[zone.name] = zone.index + 1;
  return zone;
}

// A run of characters that no metric's name may have becomes one "_".
std::string metric_name(std::string_view zone) {
  std::string name = "node_rapl_";
  for (const char c : zone) {
    const bool is_valid =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_valid) {
      name += c;
    } else if (name.back() != '_') {
      name += '_';
    }
  }
  return name + "_joules_total";
}

struct Series {
  Zone* zone;
  ZoneName name;
};

struct Group {
  std::string help;
  std::vector<Series> series;
};

class Rapl final : public Collector {
 public:
  explicit Rapl(const Context& context)
      : with_zone_label_(context.options.rapl_enable_zone_label),
        zones_(context.fs, std::string(kDirectory),
               [&fs = context.fs](const std::string&, const std::string& dir) {
                 return make_zone(fs, dir);
               }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = zones_.refresh(); !ok) return ok;
    if (zones_.changed()) group_zones();
    for (auto& [name, group] : groups_) {
      auto family = out.counter(name, group.help);
      for (const auto& series : group.series) {
        if (auto ok = add(family, series); !ok) return ok;
      }
    }
    return {};
  }

 private:
  // Each name of a zone has a family of its own, unless it is to be a label.
  void group_zones() {
    groups_.clear();
    std::map<std::string, int> next_index;
    for (auto* zone : zones_.devices()) {
      auto name = parse_zone_name(zone->name, next_index);
      auto& group = groups_[with_zone_label_ ? "node_rapl_joules_total" : metric_name(name.name)];
      group.help = with_zone_label_ ? "Current RAPL value in joules"
                                    : "Current RAPL " + name.name + " value in joules";
      group.series.push_back({zone, std::move(name)});
    }
  }

  // Only root may read the counters (CVE-2020-8694). A zone that has gone is no failure.
  Status add(Family& family, const Series& series) const {
    const auto energy = series.zone->energy.read_u64();
    if (!zones_.keeps_open(1)) series.zone->energy.close();
    if (!energy && energy.error().is_absent()) return {};
    if (!energy) return energy.error();
    std::vector<Label> labels;
    const auto index = std::to_string(series.name.index);
    labels.emplace_back("index", index);
    labels.emplace_back("path", series.zone->path);
    if (with_zone_label_) labels.emplace_back("rapl_zone", series.name.name);
    family.add(Labels(labels), static_cast<double>(*energy) / kMicrojoule);
    return {};
  }

  bool with_zone_label_;
  DeviceDir<Zone> zones_;
  std::map<std::string, Group> groups_;  // by the name of the metric
};

}  // namespace

Result<CollectorPtr> make_rapl(const Context& context) { return std::make_unique<Rapl>(context); }

}  // namespace hx
