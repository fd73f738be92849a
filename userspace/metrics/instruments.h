// SPDX-License-Identifier: Apache-2.0
// The daemon's own counters, kept by prometheus-cpp and written through our sink.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "metrics/collector.h"

namespace hx {

// One more unit of a registry: whatever a prometheus-cpp collectable gives, sorted by name and
// labels. Borrows the collectable.
class Instruments final : public Collector {
 public:
  explicit Instruments(const prometheus::Collectable& source) : source_(source) {}
  Status collect(MetricSink& out) override;

 private:
  const prometheus::Collectable& source_;
};

// What the Go client library counts about its own handler, under the same names. Thread-safe.
class HandlerInstruments {
 public:
  HandlerInstruments();

  void answered(int http_status);
  void failed_gathering() { gathering_errors_.Increment(); }
  void failed_encoding() { encoding_errors_.Increment(); }
  void in_flight(int requests) { in_flight_.Set(requests); }
  const prometheus::Collectable& collectable() const noexcept { return registry_; }

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Counter& encoding_errors_;
  prometheus::Counter& gathering_errors_;
  prometheus::Gauge& in_flight_;
};

}  // namespace hx
