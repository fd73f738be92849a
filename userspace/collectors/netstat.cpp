// SPDX-License-Identifier: Apache-2.0
// Counters of the IP protocols from /proc/net/netstat, snmp and snmp6, see proc_pid_net(5) and
// Documentation/networking/snmp_counter.rst.
#include <algorithm>

#include "base/filter.h"
#include "collectors/collector.h"
#include "metrics/field_names.h"

namespace hx {
namespace {

auto count_blanks(std::string_view text) noexcept {
  return std::count(text.begin(), text.end(), ' ');
}

class Netstat final : public Collector {
 public:
  Netstat(const Context& context, Filter fields)
      : fields_(std::move(fields)),
        netstat_(context.fs, "proc/net/netstat"),
        snmp_(context.fs, "proc/net/snmp"),
        snmp6_(context.fs, "proc/net/snmp6") {}

  Status collect(MetricSink& out) override {
    names_.rewind();
    for (auto* file : {&netstat_, &snmp_}) {
      const auto text = file->read();
      if (!text) return text.error();
      if (!add_tables(out, *text)) return Error{EBADMSG, "parse " + file->path()};
    }
    const auto text = snmp6_.read();
    if (!text && text.error().is_absent()) return {};  // no IPv6
    if (!text) return text.error();
    if (!add_lines(out, *text)) return Error{EBADMSG, "parse " + snmp6_.path()};
    return {};
  }

 private:
  // Pairs of lines: "Tcp: InSegs OutSegs" and "Tcp: 12 13". A pair that does not fit together is
  // skipped; false when none fits.
  bool add_tables(MetricSink& out, std::string_view text) {
    bool found = false;
    std::string_view fields, values;
    while (next_line(text, fields) && next_line(text, values)) {
      const auto protocol = cut(fields, ':');
      if (protocol != cut(values, ':') || count_blanks(fields) != count_blanks(values)) continue;
      for (auto field = next_field(fields); !field.empty(); field = next_field(fields)) {
        add(out, protocol, field, next_field(values));
        found = true;
      }
    }
    return found;
  }

  // Lines of "Ip6InReceives 12"; the protocol ends at the 6.
  bool add_lines(MetricSink& out, std::string_view text) {
    bool found = false;
    std::string_view line;
    while (next_line(text, line)) {
      const auto key = next_field(line);
      const auto value = next_field(line);
      const auto six = key.find('6');
      if (six == std::string_view::npos || value.empty()) continue;
      add(out, key.substr(0, six + 1), key.substr(six + 1), value);
      found = true;
    }
    return found;
  }

  void add(MetricSink& out, std::string_view protocol, std::string_view field,
           std::string_view text) {
    const auto* metric =
        names_.next(protocol, field, [this](auto p, auto f) { return name(p, f); });
    if (metric == nullptr) return;
    const auto value = to_double(text);
    if (value) out.untyped(metric->name, metric->help).add(*value);
  }

  std::optional<MetricName> name(std::string_view protocol, std::string_view field) const {
    const std::string key = std::string(protocol) + "_" + std::string(field);
    if (!fields_.accepts(key)) return std::nullopt;
    const auto help = "Statistic " + std::string(protocol) + std::string(field) + ".";
    return MetricName{"node_netstat_" + key, help};
  }

  Filter fields_;
  HotFile netstat_, snmp_, snmp6_;
  FieldNames names_;
};

}  // namespace

Result<CollectorPtr> make_netstat(const Context& context) {
  auto fields = Filter::make_include({"collector.netstat.fields", context.options.netstat_fields});
  if (!fields) return fields.error();
  return std::make_unique<Netstat>(context, std::move(*fields));
}

}  // namespace hx
