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

// The numbers of some files of a directory.
template <std::size_t kCount>
struct Counts {
  Counts(const HostFs& fs, const std::string& dir,
         const std::array<std::string_view, kCount>& files)
      : attributes(fs, dir, files) {}

  void read() {
    for (std::size_t i = 0; i < kCount; ++i) numbers[i] = attributes.number(i);
  }

  Attributes attributes;
  std::array<std::optional<std::int64_t>, kCount> numbers;  // nothing: not told
};

struct Channel {
  std::string number, label;
  Counts<2> counts;
};

struct Row {
  std::string number;
  Counts<2> counts;
  std::vector<Channel> channels;
};

struct Controller {
  std::string number;
  Counts<4> counts;
  std::vector<Row> rows;

  void read() {
    for_each(*this, [](auto& some) { some.read(); });
  }
  void close() noexcept {
    for_each(*this, [](auto& some) { some.attributes.close(); });
  }
  std::size_t file_count() const noexcept {
    std::size_t files = 0;
    for_each(*this, [&](const auto& some) { files += some.numbers.size(); });
    return files;
  }

 private:
  // The counts of the controller, its rows and their channels.
  template <class Self, class Use>
  static void for_each(Self& self, Use use) {
    use(self.counts);
    for (auto& row : self.rows) {
      use(row.counts);
      for (auto& channel : row.channels) use(channel.counts);
    }
  }
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
    channels.push_back({std::string(number), dimm_label(fs, row_dir + "/" + stem + "_dimm_label"),
                        Counts<2>(fs, row_dir, {name, uncorrectable})});
  }
  return channels;
}

std::unique_ptr<Controller> make_controller(const HostFs& fs, const std::string& name,
                                            const std::string& dir) {
  const auto number = number_after("mc", name);
  if (number.empty()) return nullptr;
  auto controller = std::make_unique<Controller>(
      Controller{std::string(number), Counts<4>(fs, dir, kControllerFiles), {}});
  for (const auto& row_name : fs.list(dir).value_or({})) {
    const auto row = number_after("csrow", row_name);
    if (row.empty()) continue;
    const auto row_dir = dir + "/" + row_name;
    controller->rows.push_back(
        {std::string(row), Counts<2>(fs, row_dir, kRowFiles), find_channels(fs, row_dir)});
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
    for (auto* controller : controllers_.devices()) {
      controller->read();
      if (!controllers_.keeps_open()) controller->close();
    }
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
  void add_controllers(Family family, Attribute errors) const {
    for (const auto* controller : controllers_.devices()) {
      if (const auto count = controller->counts.numbers[errors]) {
        family.add({{"controller", controller->number}}, *count);
      }
    }
  }

  // Errors that belong to no known row come first.
  void add_rows(Family family, Attribute errors, Attribute no_row_errors) const {
    for (const auto* controller : controllers_.devices()) {
      if (const auto count = controller->counts.numbers[no_row_errors]) {
        family.add({{"controller", controller->number}, {"csrow", "unknown"}}, *count);
      }
      for (const auto& row : controller->rows) {
        if (const auto count = row.counts.numbers[errors]) {
          family.add({{"controller", controller->number}, {"csrow", row.number}}, *count);
        }
      }
    }
  }

  void add_channels(Family family, Attribute errors) const {
    for (const auto* controller : controllers_.devices()) {
      for (const auto& row : controller->rows) {
        for (const auto& channel : row.channels) {
          const auto count = channel.counts.numbers[errors];
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
