// SPDX-License-Identifier: Apache-2.0
// What the scheduler counts by CPU, from /proc/schedstat, see the kernel's
// Documentation/scheduler/sched-stats.rst.
#include <array>
#include <vector>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kNanosecond = 1e9;

// What is of use of a "cpuN" line: its last three fields, whatever the version of the file.
struct CpuStat {
  std::uint64_t cpu = 0, running_ns = 0, waiting_ns = 0, timeslices = 0;
};

// Nothing for the other lines of the file.
std::optional<CpuStat> parse_cpu_stat(std::string_view line) {
  auto name = next_field(line);
  if (!name.starts_with("cpu")) return std::nullopt;
  name.remove_prefix(3);
  const auto cpu = to_u64(name);
  if (!cpu) return std::nullopt;
  std::array<std::uint64_t, 9> fields{};
  for (auto& field : fields) {
    const auto number = to_u64(next_field(line));
    if (!number) return std::nullopt;
    field = *number;
  }
  return CpuStat{*cpu, fields[6], fields[7], fields[8]};
}

class Schedstat final : public Collector {
 public:
  explicit Schedstat(const HostFs& fs) : file_(fs, "proc/schedstat") {}

  Status collect(MetricSink& out) override {
    auto text = file_.read();
    if (!text) return text.error();
    cpus_.clear();
    std::string_view line;
    while (next_line(*text, line)) {
      const auto cpu = parse_cpu_stat(line);
      if (cpu && (cpus_.empty() || cpus_.back().cpu < cpu->cpu)) cpus_.push_back(*cpu);
    }

    auto running = out.counter("node_schedstat_running_seconds_total",
                               "Number of seconds CPU spent running a process.");
    for (const auto& cpu : cpus_) {
      running.add({{"cpu", std::to_string(cpu.cpu)}},
                  static_cast<double>(cpu.running_ns) / kNanosecond);
    }
    auto waiting = out.counter("node_schedstat_waiting_seconds_total",
                               "Number of seconds spent by processing waiting for this CPU.");
    for (const auto& cpu : cpus_) {
      waiting.add({{"cpu", std::to_string(cpu.cpu)}},
                  static_cast<double>(cpu.waiting_ns) / kNanosecond);
    }
    auto timeslices =
        out.counter("node_schedstat_timeslices_total", "Number of timeslices executed by CPU.");
    for (const auto& cpu : cpus_)
      timeslices.add({{"cpu", std::to_string(cpu.cpu)}}, cpu.timeslices);
    return {};
  }

 private:
  HotFile file_;
  std::vector<CpuStat> cpus_;
};

}  // namespace

Result<CollectorPtr> make_schedstat(const Context& context) {
  return std::make_unique<Schedstat>(context.fs);
}

}  // namespace hx
