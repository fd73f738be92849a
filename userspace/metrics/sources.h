// SPDX-License-Identifier: Apache-2.0
// host_exporter_source_up{source,reason}: what works, and why something does not.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "metrics/collector.h"

namespace hx {

class Sources final : public Collector {
 public:
  struct State {
    std::string source;
    std::string reason;        // empty: up
    bool is_left_out = false;  // by choice, which is no fault
  };

  void up(std::string source) { set(std::move(source), {}); }
  void down(std::string source, const Error& error) { set(std::move(source), error.message()); }
  // Somebody decided so.
  void leave_out(std::string source, std::string reason);

  std::vector<State> states() const;
  Status collect(MetricSink& out) override;

 private:
  void set(std::string source, std::string reason, bool is_left_out = false);

  mutable std::mutex mutex_;  // a scrape, or a reload
  std::vector<State> states_;
};

}  // namespace hx
