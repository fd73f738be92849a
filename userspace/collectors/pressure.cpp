// SPDX-License-Identifier: Apache-2.0
// Pressure stall information from /proc/pressure, see the kernel's
// Documentation/accounting/psi.rst.
#include <array>
#include <vector>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kMicrosecond = 1e6;

// One line of one file. All of a resource's lines stand together.
struct Line {
  std::string_view path, kind, name, help;
};
constexpr std::array<Line, 6> kLines{{
    {"proc/pressure/cpu", "some", "node_pressure_cpu_waiting_seconds_total",
     "Total time in seconds that processes have waited for CPU time"},
    {"proc/pressure/io", "some", "node_pressure_io_waiting_seconds_total",
     "Total time in seconds that processes have waited due to IO congestion"},
    {"proc/pressure/io", "full", "node_pressure_io_stalled_seconds_total",
     "Total time in seconds no process could make progress due to IO congestion"},
    {"proc/pressure/memory", "some", "node_pressure_memory_waiting_seconds_total",
     "Total time in seconds that processes have waited for memory"},
    {"proc/pressure/memory", "full", "node_pressure_memory_stalled_seconds_total",
     "Total time in seconds no process could make progress due to memory congestion"},
    {"proc/pressure/irq", "full", "node_pressure_irq_stalled_seconds_total",
     "Total time in seconds no process could make progress due to IRQ congestion"},
}};

// Microseconds of the line that begins with `kind`: "some avg10=0.00 avg60=0.00 avg300=0.00
// total=12345".
std::optional<std::uint64_t> parse_total(std::string_view text, std::string_view kind) {
  constexpr std::string_view kTotal = "total=";
  std::string_view line;
  while (next_line(text, line)) {
    if (next_field(line) != kind) continue;
    for (auto field = next_field(line); !field.empty(); field = next_field(line)) {
      if (field.starts_with(kTotal)) return to_u64(field.substr(kTotal.size()));
    }
  }
  return std::nullopt;
}

class Pressure final : public Collector {
 public:
  explicit Pressure(const HostFs& fs) {
    for (const auto& line : kLines) {
      if (files_.empty() || files_.back().path() != line.path) files_.emplace_back(fs, line.path);
    }
  }

  // A kernel may tell of some resources only: irq came with Linux 6.1.
  Status collect(MetricSink& out) override {
    Error absent;
    bool found = false;
    for (auto& file : files_) {
      const auto text = file.read();
      if (!text && text.error().is_absent()) {
        absent = text.error();
        continue;
      }
      if (!text && text.error().code == EOPNOTSUPP) {
        return Error{ENODEV, "read " + file.path() + " (needs psi=1 on the kernel's command line)"};
      }
      if (!text) return text.error();
      if (auto ok = add_lines(out, file.path(), *text); !ok) return ok;
      found = true;
    }
    if (!found) return absent;
    return {};
  }

 private:
  static Status add_lines(MetricSink& out, const std::string& path, std::string_view text) {
    for (const auto& line : kLines) {
      if (line.path != path) continue;
      const auto total = parse_total(text, line.kind);
      if (!total) return Error{EBADMSG, "parse " + path};
      out.counter(line.name, line.help).add(static_cast<double>(*total) / kMicrosecond);
    }
    return {};
  }

  std::vector<HotFile> files_;
};

}  // namespace

Result<CollectorPtr> make_pressure(const Context& context) {
  return std::make_unique<Pressure>(context.fs);
}

}  // namespace hx
