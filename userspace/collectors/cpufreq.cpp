// SPDX-License-Identifier: Apache-2.0
// Frequencies of CPUs and who governs them, see the kernel's Documentation/admin-guide/pm/
// cpufreq.rst. A policy stands for the CPUs that change their frequency together.
#include <array>
#include <vector>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "base/unique_words.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kKilohertz = 1000;

// Places in kFiles.
enum Attribute : std::size_t { kCurrent = 0, kGovernor = 7, kGovernors, kCpus, kAttributeCount };
constexpr std::array<std::string_view, kAttributeCount> kFiles{
    "cpuinfo_cur_freq", "cpuinfo_avg_freq", "cpuinfo_min_freq",
    "cpuinfo_max_freq", "scaling_cur_freq", "scaling_min_freq",
    "scaling_max_freq", "scaling_governor", "scaling_available_governors",
    "related_cpus"};

// Of the frequencies, which come first in kFiles and in its order.
struct Frequency {
  std::string_view name, help;
};
constexpr std::array<Frequency, kGovernor> kFrequencies{{
    {"node_cpu_frequency_hertz", "Current CPU thread frequency in hertz."},
    {"node_cpu_frequency_avg_hertz", "Average CPU thread frequency in hertz."},
    {"node_cpu_frequency_min_hertz", "Minimum CPU thread frequency in hertz."},
    {"node_cpu_frequency_max_hertz", "Maximum CPU thread frequency in hertz."},
    {"node_cpu_scaling_frequency_hertz", "Current scaled CPU thread frequency in hertz."},
    {"node_cpu_scaling_frequency_min_hertz", "Minimum scaled CPU thread frequency in hertz."},
    {"node_cpu_scaling_frequency_max_hertz", "Maximum scaled CPU thread frequency in hertz."},
}};

struct Policy {
  Policy(const HostFs& fs, const std::string& dir) : attributes(fs, dir, kFiles) {}

  // A CPU belongs to one policy only: the first that says so.
  void read(UniqueWords& all_cpus) {
    for (std::size_t i = 0; i < khz.size(); ++i) khz[i] = attributes.number(i);
    governor = attributes.text_or_empty(kGovernor);
    governors = UniqueWords().add(attributes.text(kGovernors).value_or(""));
    cpus = all_cpus.add(attributes.text(kCpus).value_or(""));
  }

  Attributes attributes;
  std::array<std::optional<std::int64_t>, kGovernor> khz;  // nothing: "<unknown>", or for root only
  std::string governor;
  std::vector<std::string> governors, cpus;
};

class Cpufreq final : public Collector {
 public:
  explicit Cpufreq(const Context& context)
      : cpu_info_has_current_(context.options.wants_cpu_info()),
        policies_(context.fs, "sys/devices/system/cpu/cpufreq",
                  [&fs = context.fs](const std::string& name, const std::string& dir) {
                    return name.starts_with("policy") ? std::make_unique<Policy>(fs, dir) : nullptr;
                  }) {}

  // A virtual machine has none: not a failure, as upstream.
  Status collect(MetricSink& out) override {
    if (auto ok = policies_.refresh(); !ok && !ok.error().is_absent()) return ok;
    UniqueWords all_cpus;
    for (auto* policy : policies_.devices()) {
      policy->read(all_cpus);
      if (!policies_.keeps_open(kAttributeCount)) policy->attributes.close();
    }
    for (std::size_t i = 0; i < kFrequencies.size(); ++i) {
      if (i == kCurrent && cpu_info_has_current_) continue;  // under the same name
      add_frequencies(out, i);
    }
    add_governors(out);
    return {};
  }

 private:
  void add_frequencies(MetricSink& out, std::size_t i) const {
    auto family = out.gauge(kFrequencies[i].name, kFrequencies[i].help);
    for (const auto* policy : policies_.devices()) {
      if (!policy->khz[i]) continue;
      const double hertz = static_cast<double>(*policy->khz[i]) * kKilohertz;
      for (const auto& cpu : policy->cpus) family.add({{"cpu", cpu}}, hertz);
    }
  }

  void add_governors(MetricSink& out) const {
    auto family = out.gauge("node_cpu_scaling_governor", "Current enabled CPU frequency governor.");
    for (const auto* policy : policies_.devices()) {
      for (const auto& cpu : policy->cpus) {
        for (const auto& governor : policy->governors) {
          family.add({{"cpu", cpu}, {"governor", governor}}, governor == policy->governor ? 1 : 0);
        }
      }
    }
  }

  bool cpu_info_has_current_;
  DeviceDir<Policy> policies_;
};

}  // namespace

Result<CollectorPtr> make_cpufreq(const Context& context) {
  return std::make_unique<Cpufreq>(context);
}

}  // namespace hx
