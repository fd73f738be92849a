// SPDX-License-Identifier: Apache-2.0
// host_exporter_source_up{source,reason}: what works, and why something does not.
#pragma once

#include <string>
#include <vector>

#include "metrics/collector.h"

namespace hx {

class Sources final : public Collector {
 public:
  struct State {
    std::string source;
    std::string reason;  // empty: up
  };

  void up(std::string source) { set(std::move(source), {}); }
  void down(std::string source, const Error& error) { set(std::move(source), error.message()); }

  const std::vector<State>& states() const noexcept { return states_; }
  Status collect(MetricSink& out) override;

 private:
  void set(std::string source, std::string reason);

  std::vector<State> states_;
};

}  // namespace hx
