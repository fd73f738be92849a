// SPDX-License-Identifier: Apache-2.0
// Models, flags and bugs of the CPUs from /proc/cpuinfo, see proc_cpuinfo(5): a part of the cpu
// collector that is off by default, because the file is long and hardly ever changes.
#include <array>
#include <optional>
#include <vector>

#include "base/filter.h"
#include "base/unique_words.h"
#include "collectors/collector.h"

namespace hx {
namespace {

struct Processor {
  std::string_view cpu, package, core, vendor, family, model, model_name, microcode, stepping,
      cache_size, megahertz, flags, bugs;
};

// As x86 names them; arm64 has "processor" and "Features" only.
constexpr std::array<std::pair<std::string_view, std::string_view Processor::*>, 14> kKeys{{
    {"processor", &Processor::cpu},
    {"physical id", &Processor::package},
    {"core id", &Processor::core},
    {"vendor_id", &Processor::vendor},
    {"cpu family", &Processor::family},
    {"model", &Processor::model},
    {"model name", &Processor::model_name},
    {"microcode", &Processor::microcode},
    {"stepping", &Processor::stepping},
    {"cache size", &Processor::cache_size},
    {"cpu MHz", &Processor::megahertz},
    {"flags", &Processor::flags},
    {"Features", &Processor::flags},
    {"bugs", &Processor::bugs},
}};

// Views into `text`.
std::vector<Processor> parse_cpuinfo(std::string_view text) {
  std::vector<Processor> processors;
  std::optional<std::uint32_t> last;
  bool is_known = false;  // belongs to the last of the processors
  std::string_view line;
  while (next_line(text, line)) {
    const auto key = trim(cut(line, ':'));
    const auto value = trim(line);
    if (key == "processor") {
      const auto number = to_number<std::uint32_t>(value);
      is_known = number && (!last || *number > *last);  // they ascend: one twice is malformed
      if (is_known) {
        last = number;
        processors.emplace_back();
      }
    }
    if (!is_known) continue;
    for (const auto& [name, member] : kKeys) {
      if (name == key) processors.back().*member = value;
    }
  }
  return processors;
}

// The words of a line that a flag asks for. The line stays the same until the next boot: matched
// once.
class WantedWords {
 public:
  explicit WantedWords(Filter filter) : filter_(std::move(filter)) {}

  const std::vector<std::string>& of(std::string_view line) {
    if (line == line_) return words_;
    line_ = line;
    words_.clear();
    for (auto& word : UniqueWords().add(line)) {
      if (filter_.accepts(word)) words_.push_back(std::move(word));
    }
    return words_;
  }

 private:
  Filter filter_;
  std::string line_;
  std::vector<std::string> words_;
};

// Unlike elsewhere no expression means no words: these families are off by default.
using Words = std::optional<WantedWords>;

Result<Words> make_words(Filter::Flag flag) {
  if (flag.value.empty()) return Words();
  auto filter = Filter::make_include(flag);
  if (!filter) return filter.error();
  return Words(std::move(*filter));
}

class CpuInfo final : public Collector {
 public:
  CpuInfo(const HostFs& fs, Words flags, Words bugs)
      : cpuinfo_(fs, "proc/cpuinfo"), flags_(std::move(flags)), bugs_(std::move(bugs)) {}

  Status collect(MetricSink& out) override {
    const auto text = cpuinfo_.read();
    if (!text) return text.error();
    const auto processors = parse_cpuinfo(*text);
    if (processors.empty()) return Error{EBADMSG, "parse proc/cpuinfo"};

    add_models(out, processors);
    add_frequencies(out, processors);
    if (flags_) {
      auto family = out.gauge("node_cpu_flag_info",
                              "The `flags` field of CPU information from /proc/cpuinfo taken from "
                              "the first core.");
      for (const auto& flag : flags_->of(processors[0].flags)) family.add({{"flag", flag}}, 1);
    }
    if (bugs_) {
      auto family = out.gauge("node_cpu_bug_info",
                              "The `bugs` field of CPU information from /proc/cpuinfo taken from "
                              "the first core.");
      for (const auto& bug : bugs_->of(processors[0].bugs)) family.add({{"bug", bug}}, 1);
    }
    return {};
  }

 private:
  static void add_models(MetricSink& out, const std::vector<Processor>& processors) {
    auto family = out.gauge("node_cpu_info", "CPU information from /proc/cpuinfo.");
    for (const auto& p : processors) {
      family.add({{"package", p.package},
                  {"core", p.core},
                  {"cpu", p.cpu},
                  {"vendor", p.vendor},
                  {"family", p.family},
                  {"model", p.model},
                  {"model_name", p.model_name},
                  {"microcode", p.microcode},
                  {"stepping", p.stepping},
                  {"cachesize", p.cache_size}},
                 1);
    }
  }

  // The cpufreq collector leaves this family to us when we are on.
  static void add_frequencies(MetricSink& out, const std::vector<Processor>& processors) {
    auto family =
        out.gauge("node_cpu_frequency_hertz", "CPU frequency in hertz from /proc/cpuinfo.");
    for (const auto& p : processors) {
      const auto megahertz = to_double(p.megahertz);
      if (!megahertz) continue;
      family.add({{"package", p.package}, {"core", p.core}, {"cpu", p.cpu}}, *megahertz * 1e6);
    }
  }

  HotFile cpuinfo_;
  Words flags_, bugs_;
};

}  // namespace

Result<CollectorPtr> make_cpu_info(const Context& context) {
  const auto& options = context.options;
  auto flags = make_words({"collector.cpu.info.flags-include", options.cpu_info_flags_include});
  if (!flags) return flags.error();
  auto bugs = make_words({"collector.cpu.info.bugs-include", options.cpu_info_bugs_include});
  if (!bugs) return bugs.error();
  return std::make_unique<CpuInfo>(context.fs, std::move(*flags), std::move(*bugs));
}

}  // namespace hx
