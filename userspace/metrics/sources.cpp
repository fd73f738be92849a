// SPDX-License-Identifier: Apache-2.0
#include "metrics/sources.h"

#include <algorithm>

#include "base/log.h"

namespace hx {

void Sources::set(std::string source, std::string reason, bool is_left_out) {
  if (!reason.empty()) {
    log(is_left_out ? LogLevel::kDebug : LogLevel::kWarning,
        "source " + source + " is unavailable: " + reason);
  }
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(states_.begin(), states_.end(),
                                  [&](const State& state) { return state.source == source; });
  if (known == states_.end()) {
    states_.push_back({std::move(source), std::move(reason), is_left_out});
  } else {
    known->reason = std::move(reason);
    known->is_left_out = is_left_out;
  }
}

void Sources::leave_out(std::string source, std::string reason) {
  set(std::move(source), std::move(reason), true);
}

std::vector<Sources::State> Sources::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

Status Sources::collect(MetricSink& out) {
  auto up = out.gauge("host_exporter_source_up",
                      "Whether a source of metrics works; the reason says why it does not.");
  const std::lock_guard lock(mutex_);
  for (const auto& state : states_) {
    up.add({{"source", state.source}, {"reason", state.reason}}, state.reason.empty());
  }
  return {};
}

}  // namespace hx
