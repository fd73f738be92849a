// SPDX-License-Identifier: Apache-2.0
// Errors of memory that is checked, from /sys/devices/system/edac/mc, see the kernel's
// Documentation/admin-guide/RAS/main.rst. A controller has rows of memory, a row has channels.
#include <array>
#include <vector>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// Places in each of the lists of files.
enum Attribute : std::size_t {
  kCorrectable,
  kUncorrectable,
  kNoRowCorrectable,
  kNoRowUncorrectable
};
constexpr std::array<std::string_view, 4> kControllerFiles{"ce_count", "ue_count",
                                                           "ce_noinfo_count", "ue_noinfo_count"};
constexpr std::array<std::string_view, 2> kRowFiles{"ce_count", "ue_count"};

struct Channel {
  std::string number, label;
  Attributes attributes;
};

struct Row {
  std::string number;
  Attributes attributes;
  std::vector<Channel> channels;
};

struct Controller {
  std::string number;
  Attributes attributes;
  std::vector<Row> rows;
};

// "7" of "csrow7" and the prefix "csrow"; empty for other names.
std::string_view number_after(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return {};
  name.remove_prefix(prefix.size());
  return to_u64(name) ? name : std::string_view();
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// As upstream writes it: "mc#0csrow#1channel#0" is "mc0_csrow1_channel0".
std::string dimm_label(const HostFs& fs, const std::string& path) {
  auto label = fs.read_trimmed(path);
  if (!label) return "unknown";
  replace_all(*label, "#", "");
  replace_all(*label, "csrow", "_csrow");
  replace_all(*label, "channel", "_channel");
  return std::move(*label);
}

std::vector<Channel> find_channels(const HostFs& fs, const std::string& row_dir) {
  constexpr std::string_view kSuffix = "_ce_count";
  std::vector<Channel> channels;
  for (const auto& name : fs.list(row_dir).value_or({})) {
    if (!name.ends_with(kSuffix)) continue;
    const auto stem = name.substr(0, name.size() - kSuffix.size());
    const auto number = number_after("ch", stem);
    if (number.empty()) continue;
    const auto uncorrectable = stem + "_ue_count";
    const std::array<std::string_view, 2> files{name, uncorrectable};
    channels.push_back({std::string(number), dimm_label(fs, row_dir + "/" + stem + "_dimm_label"),
                        Attributes(fs, row_dir, files)});
  }
  return channels;
}

std::unique_ptr<Controller> make_controller(const HostFs& fs, const std::string& name,
                                            const std::string& dir) {
  const auto number = number_after("mc", name);
  if (number.empty()) return nullptr;
  auto controller = std::make_unique<Controller>(
      Controller{std::string(number), Attributes(fs, dir, kControllerFiles), {}});
  for (const auto& row_name : fs.list(dir).value_or({})) {
    const auto row = number_after("csrow", row_name);
    if (row.empty()) continue;
    const auto row_dir = dir + "/" + row_name;
    controller->rows.push_back(
        {std::string(row), Attributes(fs, row_dir, kRowFiles), find_channels(fs, row_dir)});
  }
  return controller;
}

class Edac final : public Collector {
 public:
  explicit Edac(const HostFs& fs)
      : controllers_(fs, "sys/devices/system/edac/mc",
                     [&fs](const std::string& name, const std::string& dir) {
                       return make_controller(fs, name, dir);
                     }) {}

  // A host without such memory has none, which is no failure upstream.
  Status collect(MetricSink& out) override {
    if (auto ok = controllers_.refresh(); !ok && !ok.error().is_absent()) return ok;
    add_controllers(
        out.counter("node_edac_correctable_errors_total", "Total correctable memory errors."),
        kCorrectable);
    add_controllers(
        out.counter("node_edac_uncorrectable_errors_total", "Total uncorrectable memory errors."),
        kUncorrectable);
    add_rows(out.counter("node_edac_csrow_correctable_errors_total",
                         "Total correctable memory errors for this csrow."),
             kCorrectable, kNoRowCorrectable);
    add_rows(out.counter("node_edac_csrow_uncorrectable_errors_total",
                         "Total uncorrectable memory errors for this csrow."),
             kUncorrectable, kNoRowUncorrectable);
    add_channels(out.counter("node_edac_channel_correctable_errors_total",
                             "Total correctable memory errors for this channel."),
                 kCorrectable);
    add_channels(out.counter("node_edac_channel_uncorrectable_errors_total",
                             "Total uncorrectable memory errors for this channel."),
                 kUncorrectable);
    return {};
  }

 private:
  void add_controllers(Family family, Attribute errors) {
    for (auto* controller : controllers_.devices()) {
      if (const auto count = controller->attributes.number(errors)) {
        family.add({{"controller", controller->number}}, *count);
      }
    }
  }

  // Errors that belong to no known row come first.
  void add_rows(Family family, Attribute errors, Attribute no_row_errors) {
    for (auto* controller : controllers_.devices()) {
      if (const auto count = controller->attributes.number(no_row_errors)) {
        family.add({{"controller", controller->number}, {"csrow", "unknown"}}, *count);
      }
      for (auto& row : controller->rows) {
        if (const auto count = row.attributes.number(errors)) {
          family.add({{"controller", controller->number}, {"csrow", row.number}}, *count);
        }
      }
    }
  }

  void add_channels(Family family, Attribute errors) {
    for (auto* controller : controllers_.devices()) {
      for (auto& row : controller->rows) {
        for (auto& channel : row.channels) {
          const auto count = channel.attributes.number(errors);
          if (!count) continue;
          family.add({{"channel", channel.number},
                      {"controller", controller->number},
                      {"csrow", row.number},
                      {"dimm_label", channel.label}},
                     *count);
        }
      }
    }
  }

  DeviceDir<Controller> controllers_;
};

}  // namespace

Result<CollectorPtr> make_edac(const Context& context) {
  return std::make_unique<Edac>(context.fs);
}

}  // namespace hx
