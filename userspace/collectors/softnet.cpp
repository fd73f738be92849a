// SPDX-License-Identifier: Apache-2.0
// Packets that each CPU took from the network devices, from /proc/net/softnet_stat, see
// softnet_seq_show() in the kernel's net/core/net-procfs.c.
#include <array>
#include <vector>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::size_t kFewestColumns = 9;  // the others came with Linux 2.6.35 to 5.10
constexpr std::size_t kCpuColumn = 12;     // before Linux 5.10 a line's place tells its CPU

struct Column {
  std::size_t index;
  std::string_view name, help;
  bool is_gauge = false;
};
constexpr std::array<Column, 7> kColumns{{
    {0, "node_softnet_processed_total", "Number of processed packets"},
    {1, "node_softnet_dropped_total", "Number of dropped packets"},
    {2, "node_softnet_times_squeezed_total", "Number of times processing packets ran out of quota"},
    {8, "node_softnet_cpu_collision_total",
     "Number of collision occur while obtaining device lock while transmitting"},
    {9, "node_softnet_received_rps_total", "Number of times cpu woken up received_rps"},
    {10, "node_softnet_flow_limit_count_total", "Number of times flow limit has been reached"},
    {11, "node_softnet_backlog_len", "Softnet backlog status", true},
}};

// A line of hexadecimal numbers. What the kernel does not tell is 0.
struct CpuStat {
  std::uint64_t cpu = 0;
  std::array<std::uint64_t, kCpuColumn + 1> columns{};
};

std::optional<CpuStat> parse_cpu_stat(std::string_view line, std::uint64_t place) {
  CpuStat stat{.cpu = place};
  std::size_t count = 0;
  for (auto& column : stat.columns) {
    const auto field = next_field(line);
    if (field.empty()) break;
    const auto number = hex_to_u64(field);
    if (!number) return std::nullopt;
    column = *number;
    ++count;
  }
  if (count < kFewestColumns) return std::nullopt;
  if (count > kCpuColumn) stat.cpu = stat.columns[kCpuColumn];
  return stat;
}

class Softnet final : public Collector {
 public:
  explicit Softnet(const HostFs& fs) : file_(fs, "proc/net/softnet_stat") {}

  Status collect(MetricSink& out) override {
    auto text = file_.read();
    if (!text) return text.error();
    cpus_.clear();
    std::string_view line;
    for (std::uint64_t place = 0; next_line(*text, line); ++place) {
      const auto cpu = parse_cpu_stat(line, place);
      if (cpu && (cpus_.empty() || cpus_.back().cpu < cpu->cpu)) cpus_.push_back(*cpu);
    }
    if (cpus_.empty()) return Error{EBADMSG, "parse " + file_.path()};

    for (const auto& column : kColumns) {
      auto family = column.is_gauge ? out.gauge(column.name, column.help)
                                    : out.counter(column.name, column.help);
      for (const auto& cpu : cpus_) {
        family.add({{"cpu", std::to_string(cpu.cpu)}}, cpu.columns[column.index]);
      }
    }
    return {};
  }

 private:
  HotFile file_;
  std::vector<CpuStat> cpus_;
};

}  // namespace

Result<CollectorPtr> make_softnet(const Context& context) {
  return std::make_unique<Softnet>(context.fs);
}

}  // namespace hx
