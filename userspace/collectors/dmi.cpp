// SPDX-License-Identifier: Apache-2.0
// What the firmware says the machine is, from /sys/class/dmi/id, see the kernel's
// drivers/firmware/dmi-id.c.
#include <array>
#include <vector>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kDirectory = "sys/class/dmi/id";

struct Fact {
  std::string_view label, file;
};
constexpr std::array<Fact, 20> kFacts{{{"bios_date", "bios_date"},
                                       {"bios_release", "bios_release"},
                                       {"bios_vendor", "bios_vendor"},
                                       {"bios_version", "bios_version"},
                                       {"board_asset_tag", "board_asset_tag"},
                                       {"board_name", "board_name"},
                                       {"board_serial", "board_serial"},
                                       {"board_vendor", "board_vendor"},
                                       {"board_version", "board_version"},
                                       {"chassis_asset_tag", "chassis_asset_tag"},
                                       {"chassis_serial", "chassis_serial"},
                                       {"chassis_vendor", "chassis_vendor"},
                                       {"chassis_version", "chassis_version"},
                                       {"product_family", "product_family"},
                                       {"product_name", "product_name"},
                                       {"product_serial", "product_serial"},
                                       {"product_sku", "product_sku"},
                                       {"product_uuid", "product_uuid"},
                                       {"product_version", "product_version"},
                                       {"system_vendor", "sys_vendor"}}};

class Dmi final : public Collector {
 public:
  explicit Dmi(const HostFs& fs) : fs_(fs) {}

  Status collect(MetricSink& out) override {
    if (values_.empty()) read_values();
    if (values_.empty()) return Error{ENOENT, "read " + std::string(kDirectory)};
    std::vector<Label> labels;
    for (const auto& [label, value] : values_) labels.emplace_back(label, value);
    out.gauge("node_dmi_info",
              "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, "
              "bios_version, board_asset_tag, board_name, board_serial, board_vendor, "
              "board_version, chassis_asset_tag, chassis_serial, chassis_vendor, chassis_version, "
              "product_family, product_name, product_serial, product_sku, product_uuid, "
              "product_version, system_vendor if provided by DMI.")
        .add(Labels(labels), 1);
    return {};
  }

 private:
  // Once: nothing of it changes until the next boot. The serial numbers are for root only; without
  // the right to read one, its label is left out.
  void read_values() {
    if (!fs_.exists(kDirectory)) return;
    for (const auto& fact : kFacts) {
      auto value = fs_.read_trimmed(std::string(kDirectory) + "/" + std::string(fact.file));
      if (value) values_.emplace_back(fact.label, std::move(*value));
    }
  }

  const HostFs& fs_;
  std::vector<std::pair<std::string_view, std::string>> values_;
};

}  // namespace

Result<CollectorPtr> make_dmi(const Context& context) { return std::make_unique<Dmi>(context.fs); }

}  // namespace hx
