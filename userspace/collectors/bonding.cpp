// SPDX-License-Identifier: Apache-2.0
// How many of the devices of a bond are up, from /sys/class/net, see the kernel's
// Documentation/networking/bonding.rst.
#include <vector>

#include "base/unique_words.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kNet = "sys/class/net/";

struct Bond {
  std::string master;
  int slaves = 0, active = 0;
};

class Bonding final : public Collector {
 public:
  explicit Bonding(const HostFs& fs)
      : fs_(fs), masters_(fs, std::string(kNet) + "bonding_masters") {}

  Status collect(MetricSink& out) override {
    const auto masters = masters_.read();
    if (!masters) return masters.error();
    std::vector<Bond> bonds;
    for (const auto& name : UniqueWords().add(*masters)) {
      if (const auto bond = read_bond(name)) bonds.push_back(*bond);
    }

    auto slaves =
        out.gauge("node_bonding_slaves", "Number of configured slaves per bonding interface.");
    for (const auto& bond : bonds) slaves.add({{"master", bond.master}}, bond.slaves);
    auto active =
        out.gauge("node_bonding_active", "Number of active slaves per bonding interface.");
    for (const auto& bond : bonds) active.add({{"master", bond.master}}, bond.active);
    return {};
  }

 private:
  // Nothing for one that has just gone.
  std::optional<Bond> read_bond(const std::string& master) const {
    const auto dir = std::string(kNet) + master;
    const auto slaves = fs_.read_trimmed(dir + "/bonding/slaves");
    if (!slaves) return std::nullopt;
    Bond bond{master};
    std::string_view rest = *slaves;
    for (auto name = next_field(rest); !name.empty(); name = next_field(rest)) {
      const auto status =
          fs_.read_trimmed(dir + "/lower_" + std::string(name) + "/bonding_slave/mii_status");
      ++bond.slaves;
      if (status && *status == "up") ++bond.active;
    }
    return bond;
  }

  const HostFs& fs_;
  HotFile masters_;
};

}  // namespace

Result<CollectorPtr> make_bonding(const Context& context) {
  return std::make_unique<Bonding>(context.fs);
}

}  // namespace hx
