// SPDX-License-Identifier: Apache-2.0
// What the CPUs are vulnerable to, from /sys/devices/system/cpu/vulnerabilities, see the kernel's
// Documentation/ABI/testing/sysfs-devices-system-cpu.
#include <array>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kDirectory = "sys/devices/system/cpu/vulnerabilities";

struct Vulnerability {
  std::string_view state, mitigation;
};

// "Not affected", "Mitigation: PTI", "Vulnerable: No microcode", each with more behind it or not.
// The kernel knows other words, such as "Unknown: No mitigations" and "KVM: Mitigation: ...".
Vulnerability parse_vulnerability(std::string_view text) {
  struct State {
    std::string_view word, state;
  };
  constexpr std::array kStates{State{"Not affected", "not affected"},
                               State{"Vulnerable", "vulnerable"},
                               State{"Mitigation", "mitigation"}};
  for (const auto& [word, state] : kStates) {
    if (!text.starts_with(word)) continue;
    text.remove_prefix(word.size());
    if (text.starts_with(": ")) text.remove_prefix(2);
    return {state, text};
  }
  return {"unknown", text};
}

class CpuVulnerabilities final : public Collector {
 public:
  explicit CpuVulnerabilities(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto names = fs_.list(kDirectory);
    if (!names && names.error().is_absent()) return {};  // before Linux 4.15, as upstream
    if (!names) return names.error();
    auto info = out.gauge(
        "node_cpu_vulnerabilities_info",
        "Details of each CPU vulnerability reported by sysfs. The value of the series is an int "
        "encoded state of the vulnerability. The same state is stored as a string in the label");
    for (const auto& name : *names) {
      const auto text = fs_.read_trimmed(std::string(kDirectory) + "/" + name);
      if (!text) return text.error();
      const auto found = parse_vulnerability(*text);
      info.add({{"codename", name}, {"mitigation", found.mitigation}, {"state", found.state}}, 1);
    }
    return {};
  }

 private:
  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_cpu_vulnerabilities(const Context& context) {
  return std::make_unique<CpuVulnerabilities>(context);
}

}  // namespace hx
