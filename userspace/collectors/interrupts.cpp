// SPDX-License-Identifier: Apache-2.0
// Interrupts by CPU from /proc/interrupts, see proc_interrupts(5).
#include "base/cpu_counts.h"
#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// The fields with one space between them.
std::string join_fields(std::string_view text) {
  std::string joined;
  for (auto field = next_field(text); !field.empty(); field = next_field(text)) {
    if (!joined.empty()) joined += ' ';
    joined += field;
  }
  return joined;
}

// What stands behind the counts: of a numbered interrupt its controller and then the devices, of
// others, such as NMI, a description.
struct Source {
  std::string info, devices;
};
Source parse_source(std::string_view name, std::string_view text) {
  Source source;
  if (to_u64(name)) {
    source.info = next_field(text);
    source.devices = join_fields(text);
  } else {
    source.info = join_fields(text);
  }
  return source;
}

class Interrupts final : public Collector {
 public:
  Interrupts(const Context& context, Filter filter)
      : with_zeros_(context.options.interrupts_include_zeros),
        filter_(std::move(filter)),
        interrupts_(context.fs, "proc/interrupts") {}

  Status collect(MetricSink& out) override {
    const auto text = interrupts_.read();
    if (!text) return text.error();
    auto lines = CpuCounts::parse(*text);
    if (!lines) return Error{EBADMSG, "parse proc/interrupts"};

    auto family = out.counter("node_interrupts_total", "Interrupt details.");
    while (lines->next()) {
      if (lines->rest().empty()) continue;  // not counted by CPU: one CPU's ERR looks like this
      const auto source = parse_source(lines->name(), lines->rest());
      const auto full_name = std::string(lines->name()) + ";" + source.info + ";" + source.devices;
      if (!filter_.accepts(full_name)) continue;
      for (std::size_t i = 0; i < lines->cpus().size(); ++i) {
        const auto count = lines->counts()[i];
        if (count == 0 && !with_zeros_) continue;
        family.add({{"cpu", lines->cpus()[i]},
                    {"devices", source.devices},
                    {"info", source.info},
                    {"type", lines->name()}},
                   count);
      }
    }
    return {};
  }

 private:
  bool with_zeros_;
  Filter filter_;
  HotFile interrupts_;
};

}  // namespace

Result<CollectorPtr> make_interrupts(const Context& context) {
  const auto& options = context.options;
  auto filter =
      Filter::make_combined({"collector.interrupts.name-include", options.interrupts_name_include},
                            {"collector.interrupts.name-exclude", options.interrupts_name_exclude});
  if (!filter) return filter.error();
  return std::make_unique<Interrupts>(context, std::move(*filter));
}

}  // namespace hx
