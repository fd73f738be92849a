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

// A pair of lines: the first of them, and what is exported of the second.
struct Table {
  struct Column {
    std::size_t index = 0;
    MetricName metric;
  };
  std::string fields;
  std::size_t field_count = 0;
  std::vector<Column> columns;
};

class Netstat final : public Collector {
 public:
  Netstat(const Context& context, Filter fields)
      : fields_(std::move(fields)),
        netstat_(context.shared.netstat),
        snmp_(context.fs, "proc/net/snmp"),
        snmp6_(context.fs, "proc/net/snmp6") {}

  Status collect(MetricSink& out) override {
    names_.rewind();
    next_table_ = 0;
    auto ok = netstat_.read(
        [&](std::string_view text) { return add_tables(out, text, netstat_.path()); });
    if (!ok) return ok;
    const auto snmp = snmp_.read();
    if (!snmp) return snmp.error();
    if (ok = add_tables(out, *snmp, snmp_.path()); !ok) return ok;
    tables_.resize(next_table_);  // what was behind them has lost its place among the names
    const auto snmp6 = snmp6_.read();
    if (!snmp6 && snmp6.error().is_absent()) return {};  // no IPv6
    if (!snmp6) return snmp6.error();
    if (!add_lines(out, *snmp6)) return Error{EBADMSG, "parse " + snmp6_.path()};
    return {};
  }

 private:
  // Pairs of lines: "Tcp: InSegs OutSegs" and "Tcp: 12 13". A pair that does not fit together is
  // skipped; an error when none fits.
  Status add_tables(MetricSink& out, std::string_view text, const std::string& path) {
    bool found = false;
    std::string_view fields, values;
    while (next_line(text, fields) && next_line(text, values)) {
      if (count_blanks(fields) != count_blanks(values)) continue;
      if (fields.substr(0, fields.find(':')) != cut(values, ':')) continue;
      const auto& table = this->table(fields);
      add_columns(out, table, values);
      found = found || table.field_count != 0;
    }
    return found ? Status() : Error{EBADMSG, "parse " + path};
  }

  // The fields are the same in the same order until the next boot: they are looked at once.
  const Table& table(std::string_view fields) {
    if (next_table_ < tables_.size() && tables_[next_table_].fields == fields) {
      const auto& known = tables_[next_table_++];
      names_.skip(known.field_count);
      return known;
    }
    tables_.resize(next_table_++);  // what follows may have been left out because of what was here
    auto& table = tables_.emplace_back();
    table.fields = fields;
    const auto protocol = cut(fields, ':');
    for (auto field = next_field(fields); !field.empty(); field = next_field(fields)) {
      if (const auto* metric = metric_of(protocol, field)) {
        table.columns.push_back({table.field_count, *metric});
      }
      ++table.field_count;
    }
    return table;
  }

  static void add_columns(MetricSink& out, const Table& table, std::string_view values) {
    std::size_t next = 0;
    for (const auto& [index, metric] : table.columns) {
      for (; next < index; ++next) next_field(values);
      const auto value = to_double(next_field(values));
      ++next;
      if (value) out.untyped(metric.name, metric.help).add(*value);
    }
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
      found = true;
      const auto* metric = metric_of(key.substr(0, six + 1), key.substr(six + 1));
      if (metric == nullptr) continue;
      if (const auto number = to_double(value)) {
        out.untyped(metric->name, metric->help).add(*number);
      }
    }
    return found;
  }

  const MetricName* metric_of(std::string_view protocol, std::string_view field) {
    return names_.next(protocol, field, [this](auto p, auto f) { return name(p, f); });
  }

  std::optional<MetricName> name(std::string_view protocol, std::string_view field) const {
    const std::string key = std::string(protocol) + "_" + std::string(field);
    if (!fields_.accepts(key)) return std::nullopt;
    const auto help = "Statistic " + std::string(protocol) + std::string(field) + ".";
    return MetricName{"node_netstat_" + key, help};
  }

  Filter fields_;
  SharedFile& netstat_;
  HotFile snmp_, snmp6_;
  FieldNames names_;
  std::vector<Table> tables_;  // of the last scrape
  std::size_t next_table_ = 0;
};

}  // namespace

Result<CollectorPtr> make_netstat(const Context& context) {
  auto fields = Filter::make_include({"collector.netstat.fields", context.options.netstat_fields});
  if (!fields) return fields.error();
  return std::make_unique<Netstat>(context, std::move(*fields));
}

}  // namespace hx
