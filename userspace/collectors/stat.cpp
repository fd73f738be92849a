// SPDX-License-Identifier: Apache-2.0
// Interrupts, context switches, forks, boot time and runnable processes from /proc/stat, see
// proc_stat(5). Its CPU times are the cpu collector's.
#include <algorithm>
#include <array>

#include "base/softirq_names.h"
#include "collectors/collector.h"

namespace hx {
namespace {

struct Row {
  std::string_view key, name, help;
  bool is_counter;
};

// The first number after the key; for "intr" that is the sum of all interrupts.
constexpr std::array<Row, 6> kRows{{
    {"intr", "node_intr_total", "Total number of interrupts serviced.", true},
    {"ctxt", "node_context_switches_total", "Total number of context switches.", true},
    {"btime", "node_boot_time_seconds", "Node boot time, in unixtime.", false},
    {"processes", "node_forks_total", "Total number of forks.", true},
    {"procs_running", "node_procs_running", "Number of processes in runnable state.", false},
    {"procs_blocked", "node_procs_blocked",
     "Number of processes blocked waiting for I/O to complete.", false},
}};

class Stat final : public Collector {
 public:
  explicit Stat(const Context& context)
      : with_softirqs_(context.options.stat_softirq), stat_(context.shared.stat) {}

  Status collect(MetricSink& out) override {
    return stat_.read([&](std::string_view text) { return add_rows(out, text); });
  }

 private:
  Status add_rows(MetricSink& out, std::string_view text) {
    std::array<bool, kRows.size()> found{};
    bool found_softirqs = false;
    std::string_view line;
    while (next_line(text, line)) {
      const auto key = next_field(line);
      const auto row = std::find_if(kRows.begin(), kRows.end(),
                                    [&](const Row& candidate) { return candidate.key == key; });
      if (row != kRows.end()) {
        auto& is_found = found[static_cast<std::size_t>(row - kRows.begin())];
        is_found = is_found || add(out, *row, line);
      } else if (with_softirqs_ && key == "softirq" && !found_softirqs) {
        add_softirqs(out, line);
        found_softirqs = true;
      }
    }
    const bool any = std::find(found.begin(), found.end(), true) != found.end();
    return any ? Status() : Error{EBADMSG, "parse proc/stat"};
  }

  static bool add(MetricSink& out, const Row& row, std::string_view values) {
    const auto value = to_u64(next_field(values));
    if (!value) return false;
    auto family = row.is_counter ? out.counter(row.name, row.help) : out.gauge(row.name, row.help);
    family.add(*value);
    return true;
  }

  static void add_softirqs(MetricSink& out, std::string_view values) {
    auto family = out.counter("node_softirqs_total", "Number of softirq calls.");
    next_field(values);  // the sum
    for (const auto vector : kSoftirqNames) {
      const auto value = to_u64(next_field(values));
      if (!value) return;
      family.add({{"vector", vector}}, *value);
    }
  }

  bool with_softirqs_;
  SharedFile& stat_;
};

}  // namespace

Result<CollectorPtr> make_stat(const Context& context) { return std::make_unique<Stat>(context); }

}  // namespace hx
