// SPDX-License-Identifier: Apache-2.0
// Whether SELinux enforces its policy, now and at the next boot, from selinuxfs and
// /etc/selinux/config, see selinux_config(5).
#include "collectors/collector.h"

namespace hx {
namespace {

// Modes as upstream numbers them.
constexpr int kDisabled = -1;
constexpr int kPermissive = 0;
constexpr int kEnforcing = 1;

// The mode that the configuration asks for.
int parse_config(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    auto value = trim(line);
    if (trim(cut(value, '=')) != "SELINUX") continue;
    value = trim(value);
    if (value == "enforcing") return kEnforcing;
    if (value == "permissive") return kPermissive;
    return kDisabled;
  }
  return kDisabled;
}

class Selinux final : public Collector {
 public:
  explicit Selinux(const HostFs& fs) : fs_(fs), enforce_(fs, "sys/fs/selinux/enforce") {}

  Status collect(MetricSink& out) override {
    auto enabled = out.gauge("node_selinux_enabled", "SELinux is enabled, 1 is true, 0 is false");
    const auto enforce = enforce_.read();
    if (!enforce && enforce.error().is_absent()) {
      enabled.add(0);
      return {};
    }
    if (!enforce) return enforce.error();
    enabled.add(1);

    // An editor replaces the file: it is opened anew each time.
    const auto config = fs_.read("etc/selinux/config");
    out.gauge("node_selinux_config_mode", "Configured SELinux enforcement mode")
        .add(config ? parse_config(*config) : kDisabled);
    out.gauge("node_selinux_current_mode", "Current SELinux enforcement mode")
        .add(trim(*enforce) == "1" ? kEnforcing : kPermissive);
    return {};
  }

 private:
  const HostFs& fs_;
  HotFile enforce_;
};

}  // namespace

Result<CollectorPtr> make_selinux(const Context& context) {
  return std::make_unique<Selinux>(context.fs);
}

}  // namespace hx
