// SPDX-License-Identifier: Apache-2.0
// What the CPUs are vulnerable to, from /sys/devices/system/cpu/vulnerabilities, see the kernel's
// Documentation/ABI/testing/sysfs-devices-system-cpu.
#include <algorithm>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kDirectory = "sys/devices/system/cpu/vulnerabilities";

struct Vulnerability {
  std::string_view state, mitigation;
};

// Case is ignored, as upstream does.
bool begins_with(std::string_view text, std::string_view word) noexcept {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char lower, char c) {
           return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

// "Not affected", "Mitigation: PTI", "Vulnerable, IBPB: disabled", "Unknown: No mitigations": what
// follows the first word is the mitigation. Where the kernel says something else, such as "KVM:
// Mitigation: ...", that is all of it.
Vulnerability parse_vulnerability(std::string_view text) {
  if (begins_with(text, "not affected")) return {"not affected", {}};
  for (const std::string_view state : {"vulnerable", "mitigation", "unknown"}) {
    if (!begins_with(text, state)) continue;
    next_field(text);
    return {state, trim(text)};
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
