// SPDX-License-Identifier: Apache-2.0
// Soft interrupts by CPU from /proc/softirqs, see proc(5).
#include "base/cpu_counts.h"
#include "collectors/collector.h"

namespace hx {
namespace {

class Softirqs final : public Collector {
 public:
  explicit Softirqs(const Context& context) : softirqs_(context.fs, "proc/softirqs") {}

  Status collect(MetricSink& out) override {
    const auto text = softirqs_.read();
    if (!text) return text.error();
    auto lines = CpuCounts::parse(*text);
    if (!lines) return Error{EBADMSG, "parse proc/softirqs"};

    auto family = out.counter("node_softirqs_functions_total", "Softirq counts per CPU.");
    while (lines->next()) {
      for (std::size_t i = 0; i < lines->cpus().size(); ++i) {
        family.add({{"cpu", lines->cpus()[i]}, {"type", lines->name()}}, lines->counts()[i]);
      }
    }
    return {};
  }

 private:
  HotFile softirqs_;
};

}  // namespace

Result<CollectorPtr> make_softirqs(const Context& context) {
  return std::make_unique<Softirqs>(context);
}

}  // namespace hx
