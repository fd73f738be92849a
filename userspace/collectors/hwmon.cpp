// SPDX-License-Identifier: Apache-2.0
// Sensors of hardware from /sys/class/hwmon, see the kernel's Documentation/hwmon/
// sysfs-interface.rst: a chip's directory has a file TYPE NUMBER _ ITEM for each item of a sensor.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/device_dir.h"
#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::array<std::string_view, 14> kTypes{
    "vrm",  "beep_enable", "update_interval", "in",     "cpu",      "fan",       "pwm",
    "temp", "curr",        "power",           "energy", "humidity", "intrusion", "freq"};

// As upstream names things: lower case, "_" for all but letters, digits and ":", none at the ends.
std::string clean_name(std::string_view text) {
  std::string name(text);
  for (auto& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_';
    if (!is_kept) c = '_';
  }
  const auto first = name.find_first_not_of('_');
  if (first == std::string::npos) return {};
  return name.substr(first, name.find_last_not_of('_') - first + 1);
}

// "temp1_max": item "max" of the sensor temp1. A type's own name without a number is sensor 0.
struct ItemName {
  std::string type, sensor, item;
};

std::optional<ItemName> parse_item_name(std::string_view file) {
  constexpr std::string_view kDigits = "0123456789";
  const auto type = file.substr(0, file.find_first_of(kDigits));
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) return std::nullopt;
  auto rest = file.substr(type.size());
  const auto digits = rest.substr(0, rest.find_first_not_of(kDigits));
  const auto number = digits.empty() ? 0 : to_number<std::uint32_t>(digits);
  if (!number) return std::nullopt;
  rest.remove_prefix(digits.size());
  if (!rest.empty() && (rest[0] != '_' || rest.size() == 1)) return std::nullopt;
  return ItemName{std::string(type), std::string(type) + std::to_string(*number),
                  std::string(rest.empty() ? rest : rest.substr(1))};
}

// How an item is exported: value * factor / divisor, two numbers because the values are upstream's
// to the last digit.
struct Metric {
  std::string name, help;
  double factor = 1, divisor = 1;
  bool is_counter = false;
};

// With `input_is_named` the sensor has a file without an item as well, whose name the input's
// would be.
Metric describe(const std::string& type, const std::string& item, bool input_is_named) {
  constexpr double kMilli = 0.001, kMicro = 1e6;
  auto name = "node_hwmon_" + type;
  if (!item.empty() && (item != "input" || input_is_named)) name += "_" + clean_name(item);
  const auto suffix = " (" + item + ")";

  if (type == "beep_enable") return {"node_hwmon_beep_enabled", "Hardware beep enabled"};
  if (type == "vrm") return {"node_hwmon_voltage_regulator_version", "Hardware voltage regulator"};
  if (type == "update_interval") {
    return {"node_hwmon_update_interval_seconds", "Hardware monitor update interval", kMilli};
  }
  if (item == "fault" || item == "alarm") {
    return {name, "Hardware sensor " + item + " status (" + type + ")"};
  }
  if (item == "beep") return {name + "_enabled", "Hardware monitor sensor has beeping enabled"};
  if (type == "in" || type == "cpu") {
    return {name + "_volts", "Hardware monitor for voltage" + suffix, kMilli};
  }
  if (type == "temp" && item != "type") {
    return {name + "_celsius",
            "Hardware monitor for temperature" + (item.empty() ? " (input)" : suffix), kMilli};
  }
  if (type == "curr") return {name + "_amps", "Hardware monitor for current" + suffix, kMilli};
  if (type == "energy") {
    return {name + "_joule_total", "Hardware monitor for joules used so far" + suffix, 1, kMicro,
            true};
  }
  if (type == "power" && item == "accuracy") {
    return {name, "Hardware monitor power meter accuracy, as a ratio", 1, kMicro};
  }
  if (type == "power" && (item == "average_interval" || item == "average_interval_min" ||
                          item == "average_interval_max")) {
    return {name + "_seconds", "Hardware monitor power usage update interval" + suffix, kMilli};
  }
  if (type == "power") {
    return {name + "_watt", "Hardware monitor for power usage in watts" + suffix, 1, kMicro};
  }
  if (type == "humidity") {
    return {name,
            "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity "
            "as a percentage)" +
                suffix,
            1, kMicro};
  }
  if (type == "fan" && (item == "input" || item == "min" || item == "max" || item == "target")) {
    return {name + "_rpm", "Hardware monitor for fan revolutions per minute" + suffix};
  }
  if (type == "freq" && item == "input") {
    return {name + "_freq_mhz", "Hardware monitor for GPU frequency in MHz", 1, kMicro};
  }
  return {name, "Hardware monitor " + type + " element " + item};
}

struct Item {
  std::string type, path;
};
using Items = std::map<std::pair<std::string, std::string>, Item>;  // by sensor and item

// Older drivers have their files with the device.
Items find_items(const HostFs& fs, const std::string& dir) {
  Items items;
  for (const auto& place : {dir, dir + "/device"}) {
    const auto files = fs.list(place);
    if (!files) continue;
    for (const auto& file : *files) {
      const auto name = parse_item_name(file);
      if (!name) continue;
      items.insert_or_assign({name->sensor, name->item}, Item{name->type, place + "/" + file});
    }
  }
  return items;
}

// What a directory of /sys/class/hwmon stands for. A chip does not change what it has.
struct Chip {
  std::string dir_name, place;  // "hwmon3", "platform_coretemp_0"
  std::string kind;             // of the file "name"; empty without one
  Items items;
};

// Where the device is does not depend, as the number of its directory does, on the order in which
// modules were loaded.
std::string find_place(const HostFs& fs, const std::string& dir) {
  const auto device = fs.real_path(dir + "/device");
  if (!device) return {};
  const std::string_view path = *device;
  const auto slash = path.rfind('/');
  const auto parent = path.substr(0, slash);
  const auto bus = clean_name(parent.substr(parent.rfind('/') + 1));
  const auto name = clean_name(path.substr(slash + 1));
  return bus.empty() || name.empty() ? name : bus + "_" + name;
}

std::unique_ptr<Chip> make_chip(const HostFs& fs, const std::string& name, const std::string& dir) {
  auto chip = std::make_unique<Chip>();
  chip->dir_name = clean_name(name);
  chip->kind = clean_name(fs.read_trimmed(dir + "/name").value_or(""));
  chip->place = find_place(fs, dir);
  if (chip->place.empty()) chip->place = chip->kind;
  if (chip->place.empty()) chip->place = chip->dir_name;
  chip->items = find_items(fs, dir);
  return chip;
}

// Two chips of one device are told apart by their kinds, those of one kind by their directories.
std::string unique_name(const Chip& chip, const std::vector<Chip*>& all) {
  const auto count = [&](auto&& is_alike) {
    return std::count_if(all.begin(), all.end(), is_alike);
  };
  if (count([&](const Chip* other) { return other->place == chip.place; }) == 1) return chip.place;
  const auto of_kind = count(
      [&](const Chip* other) { return other->place == chip.place && other->kind == chip.kind; });
  return chip.place + "_" + (chip.kind.empty() || of_kind > 1 ? chip.dir_name : chip.kind);
}

struct Family {
  Metric metric;
  std::map<std::pair<std::string, std::string>, HotFile> series;  // by chip and sensor
};

// An annotation, always 1: the kind of a chip, or the label of a sensor.
struct Note {
  std::string chip, sensor, text;
};

class Hwmon final : public Collector {
 public:
  Hwmon(const HostFs& fs, Filter chip_filter, Filter sensor_filter)
      : fs_(fs),
        chip_filter_(std::move(chip_filter)),
        sensor_filter_(std::move(sensor_filter)),
        chips_(fs, "sys/class/hwmon", [&fs](const std::string& name, const std::string& dir) {
          return make_chip(fs, name, dir);
        }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = chips_.refresh(); !ok) return ok;
    if (chips_.changed()) update_families();

    auto names =
        out.gauge("node_hwmon_chip_names", "Annotation metric for human-readable chip names");
    for (const auto& note : kinds_) names.add({{"chip", note.chip}, {"chip_name", note.text}}, 1);
    auto labels = out.gauge("node_hwmon_sensor_label", "Label for given chip and sensor");
    for (const auto& note : labels_) {
      labels.add({{"chip", note.chip}, {"label", note.text}, {"sensor", note.sensor}}, 1);
    }
    for (auto& [name, family] : families_) add_family(out, family);
    return {};
  }

 private:
  void update_families();
  void add_chip(const Chip& chip, const std::string& name);
  void add_family(MetricSink& out, Family& family) const;

  const HostFs& fs_;
  Filter chip_filter_, sensor_filter_;
  DeviceDir<Chip> chips_;
  std::map<std::string, Family> families_;  // by name
  std::size_t series_count_ = 0;
  std::vector<Note> kinds_, labels_;
};

void Hwmon::update_families() {
  families_.clear();
  kinds_.clear();
  labels_.clear();
  for (const auto* chip : chips_.devices()) {
    const auto name = unique_name(*chip, chips_.devices());
    if (!chip_filter_.accepts(name)) continue;
    if (!chip->kind.empty()) kinds_.push_back({name, {}, chip->kind});
    add_chip(*chip, name);
  }
  series_count_ = 0;
  for (const auto& [name, family] : families_) series_count_ += family.series.size();
}

void Hwmon::add_chip(const Chip& chip, const std::string& name) {
  for (const auto& [id, file] : chip.items) {
    const auto& [sensor, item] = id;
    // A sensor's filter sees its chip as well, so that it can be one of a certain chip.
    if (!sensor_filter_.accepts(name + ";" + sensor)) continue;
    if (item == "label") {
      const auto text = fs_.read(file.path).value_or("");  // blanks at its end are kept
      labels_.push_back({name, sensor, text.substr(0, text.find('\n'))});
      continue;
    }
    auto exported_sensor = sensor;
    if (file.type == "freq" && item == "input") {  // upstream names these by their labels
      const auto label = chip.items.find({sensor, "label"});
      if (label == chip.items.end()) continue;
      exported_sensor = clean_name(fs_.read_trimmed(label->second.path).value_or(""));
    }
    auto metric = describe(file.type, item, chip.items.contains({sensor, ""}));
    auto& family = families_.try_emplace(metric.name).first->second;
    if (family.series.empty()) family.metric = std::move(metric);
    family.series.try_emplace({name, exported_sensor}, fs_, file.path);
  }
}

// A sensor may refuse to answer: a fan that is off, a bus that is busy.
void Hwmon::add_family(MetricSink& out, Family& family) const {
  const auto& metric = family.metric;
  auto samples = metric.is_counter ? out.counter(metric.name, metric.help)
                                   : out.gauge(metric.name, metric.help);
  for (auto& [labels, file] : family.series) {
    const auto text = file.read();
    const auto value = text ? to_double(trim(*text)) : std::nullopt;
    if (value) {
      samples.add({{"chip", labels.first}, {"sensor", labels.second}},
                  *value * metric.factor / metric.divisor);
    }
    if (series_count_ > most_open_files()) file.close();
  }
}

}  // namespace

Result<CollectorPtr> make_hwmon(const Context& context) {
  const auto& options = context.options;
  auto chips = Filter::make({"collector.hwmon.chip-include", options.hwmon_chip_include},
                            {"collector.hwmon.chip-exclude", options.hwmon_chip_exclude});
  if (!chips) return chips.error();
  auto sensors = Filter::make({"collector.hwmon.sensor-include", options.hwmon_sensor_include},
                              {"collector.hwmon.sensor-exclude", options.hwmon_sensor_exclude});
  if (!sensors) return sensors.error();
  return std::make_unique<Hwmon>(context.fs, std::move(*chips), std::move(*sensors));
}

}  // namespace hx
