// SPDX-License-Identifier: Apache-2.0
// NVMe controllers and the namespaces they have a path to, from /sys/class/nvme, see the kernel's
// drivers/nvme/host/sysfs.c.
#include <array>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// Places in kFiles of a controller.
enum Fact : std::size_t { kId, kFirmware, kModel, kSerial, kState, kFactCount };
constexpr std::array<std::string_view, kFactCount> kFacts{"cntlid", "firmware_rev", "model",
                                                          "serial", "state"};

// Places in kNamespaceFiles.
enum NamespaceFile : std::size_t { kAnaState, kUse, kSize, kBlockSize, kNamespaceFileCount };
constexpr std::array<std::string_view, kNamespaceFileCount> kNamespaceFiles{
    "ana_state", "nuse", "size", "queue/logical_block_size"};

constexpr double kSector = 512;  // whatever the device's own block size is

struct Namespace {
  Namespace(const HostFs& fs, std::string_view own_id, const std::string& dir)
      : id(own_id), attributes(fs, dir, kNamespaceFiles) {}

  std::size_t file_count() const noexcept { return kNamespaceFiles.size(); }

  std::string id;
  Attributes attributes;
  std::string ana_state;
  double block_size = 0, size = 0, used = 0;  // in bytes

  void read() {
    ana_state = attributes.text(kAnaState).value_or("unknown");
    block_size = static_cast<double>(attributes.number(kBlockSize).value_or(0));
    // The device counts what it uses in its blocks, the block layer every size in sectors: upstream
    // takes those for blocks too, which is eight times the size of a disk with blocks of 4 KiB.
    size = static_cast<double>(attributes.number(kSize).value_or(0)) * kSector;
    used = static_cast<double>(attributes.number(kUse).value_or(0)) * block_size;
  }
};

// "1" of "nvme0c2n1", a path of the second controller; empty for other names, as for the "nvme0n1"
// of a namespace that has one path only.
std::string_view namespace_id(std::string_view name) {
  if (!name.starts_with("nvme")) return {};
  name.remove_prefix(4);
  const bool is_path = to_u64(cut(name, 'c')) && to_u64(cut(name, 'n')) && to_u64(name);
  return is_path ? name : std::string_view();
}

struct Controller {
  Controller(const HostFs& fs, std::string own_name, const std::string& dir)
      : name(std::move(own_name)),
        attributes(fs, dir, kFacts),
        namespaces(fs, dir, [&fs](const std::string& entry, const std::string& path) {
          const auto id = namespace_id(entry);
          return id.empty() ? nullptr : std::make_unique<Namespace>(fs, id, path);
        }) {}

  Status read() {
    for (std::size_t i = 0; i < facts.size(); ++i) facts[i] = attributes.text_or_empty(i);
    if (auto ok = namespaces.refresh(); !ok) return ok;
    for (auto* space : namespaces.devices()) space->read();
    return {};
  }

  std::size_t file_count() const noexcept { return kFacts.size() + 1 + namespaces.file_count(); }
  void close() noexcept {
    attributes.close();
    namespaces.close();
    for (auto* space : namespaces.devices()) space->attributes.close();
  }

  std::string name;
  Attributes attributes;
  std::array<std::string, kFactCount> facts;
  DeviceDir<Namespace> namespaces;
};

class Nvme final : public Collector {
 public:
  explicit Nvme(const HostFs& fs)
      : controllers_(fs, "sys/class/nvme", [&fs](const std::string& name, const std::string& dir) {
          return std::make_unique<Controller>(fs, name, dir);
        }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = controllers_.refresh(); !ok) return ok;
    auto info = out.gauge("node_nvme_info",
                          "Non-numeric data from /sys/class/nvme/<device>, value is always 1.");
    for (auto* controller : controllers_.devices()) {
      if (auto ok = controller->read(); !ok && !ok.error().is_absent()) return ok;
      if (!controllers_.keeps_open()) controller->close();
      const auto& facts = controller->facts;
      info.add({{"cntlid", facts[kId]},
                {"device", controller->name},
                {"firmware_revision", facts[kFirmware]},
                {"model", facts[kModel]},
                {"serial", facts[kSerial]},
                {"state", facts[kState]}},
               1);
    }
    add_namespaces(out);
    return {};
  }

 private:
  void add_namespaces(MetricSink& out) const {
    auto info = out.gauge("node_nvme_namespace_info",
                          "Information about NVMe namespaces. Value is always 1");
    for (const auto* controller : controllers_.devices()) {
      for (const auto* space : controller->namespaces.devices()) {
        info.add(
            {{"ana_state", space->ana_state}, {"device", controller->name}, {"nsid", space->id}},
            1);
      }
    }
    add_bytes(out, "node_nvme_namespace_capacity_bytes",
              "Capacity of the NVMe namespace in bytes. Computed as namespace_size * "
              "namespace_logical_block_size",
              &Namespace::size);
    add_bytes(out, "node_nvme_namespace_size_bytes",
              "Size of the NVMe namespace in bytes. Available in "
              "/sys/class/nvme/<device>/<namespace>/size",
              &Namespace::size);
    add_bytes(out, "node_nvme_namespace_used_bytes",
              "Used space of the NVMe namespace in bytes. Available in "
              "/sys/class/nvme/<device>/<namespace>/nuse",
              &Namespace::used);
    add_bytes(out, "node_nvme_namespace_logical_block_size_bytes",
              "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in "
              "/sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
              &Namespace::block_size);
  }

  void add_bytes(MetricSink& out, std::string_view name, std::string_view help,
                 double Namespace::*bytes) const {
    auto family = out.gauge(name, help);
    for (const auto* controller : controllers_.devices()) {
      for (const auto* space : controller->namespaces.devices()) {
        family.add({{"device", controller->name}, {"nsid", space->id}}, space->*bytes);
      }
    }
  }

  DeviceDir<Controller> controllers_;
};

}  // namespace

Result<CollectorPtr> make_nvme(const Context& context) {
  return std::make_unique<Nvme>(context.fs);
}

}  // namespace hx
