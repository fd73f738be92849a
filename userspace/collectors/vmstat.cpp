// SPDX-License-Identifier: Apache-2.0
// Counters of virtual memory from /proc/vmstat, see proc_vmstat(5).
#include "base/filter.h"
#include "collectors/collector.h"
#include "metrics/field_names.h"

namespace hx {
namespace {

class Vmstat final : public Collector {
 public:
  Vmstat(const Context& context, Filter fields)
      : fields_(std::move(fields)), vmstat_(context.fs, "proc/vmstat") {}

  Status collect(MetricSink& out) override {
    const auto text = vmstat_.read();
    if (!text) return text.error();
    const auto describe = [this](auto, auto field) { return name(field); };
    names_.rewind();
    bool found = false;
    std::string_view rest = *text, line;
    while (next_line(rest, line)) {
      const auto field = next_field(line);
      const auto number = next_field(line);
      if (number.empty()) continue;
      found = true;
      const auto* metric = names_.next({}, field, describe);
      if (metric == nullptr) continue;
      const auto value = to_double(number);
      if (value) out.untyped(metric->name, metric->help).add(*value);
    }
    return found ? Status() : Error{EBADMSG, "parse proc/vmstat"};
  }

 private:
  std::optional<MetricName> name(std::string_view field) const {
    if (!fields_.accepts(field)) return std::nullopt;
    const std::string text(field);
    return MetricName{"node_vmstat_" + text, "/proc/vmstat information field " + text + "."};
  }

  Filter fields_;
  HotFile vmstat_;
  FieldNames names_;
};

}  // namespace

Result<CollectorPtr> make_vmstat(const Context& context) {
  auto fields = Filter::make_include({"collector.vmstat.fields", context.options.vmstat_fields});
  if (!fields) return fields.error();
  return std::make_unique<Vmstat>(context, std::move(*fields));
}

}  // namespace hx
