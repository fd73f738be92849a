// SPDX-License-Identifier: Apache-2.0
// The one interface of everything that adds metrics to a scrape: collectors of /proc and /sys,
// probes of kernel programs, the name groups.
#pragma once

#include <memory>

#include "base/result.h"
#include "metrics/sink.h"

namespace hx {

class Collector {
 public:
  virtual ~Collector() = default;

  // Adds this unit's metrics. Never called twice at once. A failure costs this unit only; what it
  // had written before is kept, as upstream does.
  virtual Status collect(MetricSink& out) = 0;

  // Its metrics are somebody else's (textfile): a family that another unit has too is left out of
  // it, and is this unit's failure. Else Prometheus would find series twice, or two types of one.
  virtual bool yields() const { return false; }
};

using CollectorPtr = std::unique_ptr<Collector>;

}  // namespace hx
