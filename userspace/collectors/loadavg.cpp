// SPDX-License-Identifier: Apache-2.0
// Load averages from /proc/loadavg, see proc_loadavg(5).
#include <array>

#include "collectors/collector.h"

namespace hx {
namespace {

Result<std::array<double, 3>> parse_loadavg(std::string_view text) {
  std::array<double, 3> loads{};
  for (auto& load : loads) {
    const auto value = to_double(next_field(text));
    if (!value) return Error{EBADMSG, "parse proc/loadavg"};
    load = *value;
  }
  return loads;
}

class Loadavg final : public Collector {
 public:
  explicit Loadavg(const Context& context) : loadavg_(context.fs, "proc/loadavg") {}

  Status collect(MetricSink& out) override {
    const auto text = loadavg_.read();
    if (!text) return text.error();
    const auto loads = parse_loadavg(*text);
    if (!loads) return loads.error();

    out.gauge("node_load1", "1m load average.").add((*loads)[0]);
    out.gauge("node_load5", "5m load average.").add((*loads)[1]);
    out.gauge("node_load15", "15m load average.").add((*loads)[2]);
    return {};
  }

 private:
  HotFile loadavg_;
};

}  // namespace

Result<CollectorPtr> make_loadavg(const Context& context) {
  return std::make_unique<Loadavg>(context);
}

}  // namespace hx
