// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "collectors/collector.h"

namespace hx {

Result<CollectorPtr> make_cpu(const Context& context);
Result<CollectorPtr> make_loadavg(const Context& context);

namespace {

constexpr std::array kTable{
    CollectorEntry{"cpu", "CPU time, topology and throttling, /proc/stat and sysfs", true,
                   make_cpu},
    CollectorEntry{"loadavg", "Load averages, /proc/loadavg", true, make_loadavg},
};

}  // namespace

std::span<const CollectorEntry> collector_table() noexcept { return kTable; }

}  // namespace hx
