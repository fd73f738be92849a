// SPDX-License-Identifier: Apache-2.0
// Sockets in use from /proc/net/sockstat and sockstat6, see proc_pid_net(5).
#include <algorithm>
#include <array>

#include "collectors/collector.h"
#include "metrics/field_names.h"

namespace hx {
namespace {

// "mem" counts pages; "mem_bytes" is ours. "memory" is in bytes.
constexpr std::array<std::string_view, 7> kFields{"inuse", "orphan",    "tw",    "alloc",
                                                  "mem",   "mem_bytes", "memory"};

std::optional<MetricName> describe(std::string_view protocol, std::string_view field) {
  if (protocol == "sockets") {
    if (field != "used") return std::nullopt;
    return MetricName{"node_sockstat_sockets_used", "Number of IPv4 sockets in use."};
  }
  if (std::find(kFields.begin(), kFields.end(), field) == kFields.end()) return std::nullopt;
  const std::string of(protocol), state(field);
  return MetricName{"node_sockstat_" + of + "_" + state,
                    "Number of " + of + " sockets in state " + state + "."};
}

class Sockstat final : public Collector {
 public:
  explicit Sockstat(const Context& context)
      : page_bytes_(static_cast<double>(context.sys.sysconf(_SC_PAGESIZE))),
        sockstat_(context.fs, "proc/net/sockstat"),
        sockstat6_(context.fs, "proc/net/sockstat6") {}

  Status collect(MetricSink& out) override {
    names_.rewind();
    for (auto* file : {&sockstat_, &sockstat6_}) {
      const auto text = file->read();
      if (!text && text.error().is_absent()) continue;  // no IPv6, or no IP at all
      if (!text) return text.error();
      if (!add_protocols(out, *text)) return Error{EBADMSG, "parse " + file->path()};
    }
    return {};
  }

 private:
  // Lines of "TCP: inuse 4 mem 1"; false when there is none.
  bool add_protocols(MetricSink& out, std::string_view text) {
    bool found = false;
    std::string_view line;
    while (next_line(text, line)) {
      const auto protocol = cut(line, ':');
      for (auto field = next_field(line); !field.empty(); field = next_field(line)) {
        const auto value = to_i64(next_field(line));
        if (!value) break;
        add(out, protocol, field, static_cast<double>(*value));
        if (field == "mem") {
          add(out, protocol, "mem_bytes", static_cast<double>(*value) * page_bytes_);
        }
        found = true;
      }
    }
    return found;
  }

  void add(MetricSink& out, std::string_view protocol, std::string_view field, double value) {
    const auto* metric = names_.next(protocol, field, describe);
    if (metric != nullptr) out.gauge(metric->name, metric->help).add(value);
  }

  double page_bytes_;
  HotFile sockstat_, sockstat6_;
  FieldNames names_;
};

}  // namespace

Result<CollectorPtr> make_sockstat(const Context& context) {
  return std::make_unique<Sockstat>(context);
}

}  // namespace hx
