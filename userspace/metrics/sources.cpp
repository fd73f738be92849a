// SPDX-License-Identifier: Apache-2.0
#include "metrics/sources.h"

#include <algorithm>

#include "base/log.h"

namespace hx {

void Sources::set(std::string source, std::string reason) {
  if (!reason.empty()) log_warning("source " + source + " is unavailable: " + reason);
  const auto known = std::find_if(states_.begin(), states_.end(),
                                  [&](const State& state) { return state.source == source; });
  if (known == states_.end()) {
    states_.push_back({std::move(source), std::move(reason)});
  } else {
    known->reason = std::move(reason);
  }
}

Status Sources::collect(MetricSink& out) {
  auto up = out.gauge("host_exporter_source_up",
                      "Whether a source of metrics works; the reason says why it does not.");
  for (const auto& [source, reason] : states_) {
    up.add({{"source", source}, {"reason", reason}}, reason.empty());
  }
  return {};
}

}  // namespace hx
