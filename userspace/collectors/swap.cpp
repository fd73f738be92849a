// SPDX-License-Identifier: Apache-2.0
// Swap areas from /proc/swaps, see proc_swaps(5).
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr double kKib = 1024;

class Swap final : public Collector {
 public:
  explicit Swap(const Context& context) : swaps_(context.fs, "proc/swaps") {}

  Status collect(MetricSink& out) override {
    const auto text = swaps_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    next_line(rest, line);  // the columns' titles
    while (next_line(rest, line)) add_area(samples, line);
    samples.write(out);
    return {};
  }

 private:
  // Blanks in a file's name are octal escapes here, and stay so.
  static void add_area(GroupedSamples& samples, std::string_view line) {
    const auto device = next_field(line), type = next_field(line);
    const auto size = to_u64(next_field(line)), used = to_u64(next_field(line));
    const auto priority = to_i64(next_field(line));
    if (!size || !used || !priority) return;
    const auto add = [&](std::string_view name, std::string_view help, double value) {
      samples.add(MetricType::kGauge, name, help, {{"device", device}, {"swap_type", type}}, value);
    };
    add("node_swap_size_bytes", "Swap device size in bytes.", static_cast<double>(*size) * kKib);
    add("node_swap_used_bytes", "Swap device used in bytes.", static_cast<double>(*used) * kKib);
    add("node_swap_priority", "Swap device priority.", static_cast<double>(*priority));
  }

  HotFile swaps_;
};

}  // namespace

Result<CollectorPtr> make_swap(const Context& context) { return std::make_unique<Swap>(context); }

}  // namespace hx
