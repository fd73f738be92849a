// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "collectors/collector.h"

namespace hx {

Result<CollectorPtr> make_cpu(const Context& context);
Result<CollectorPtr> make_loadavg(const Context& context);
Result<CollectorPtr> make_meminfo(const Context& context);
Result<CollectorPtr> make_stat(const Context& context);

namespace {

constexpr std::array kTable{
    CollectorEntry{"cpu", "CPU time, topology and throttling, /proc/stat and sysfs", true,
                   make_cpu},
    CollectorEntry{"loadavg", "Load averages, /proc/loadavg", true, make_loadavg},
    CollectorEntry{"meminfo", "Memory, /proc/meminfo", true, make_meminfo},
    CollectorEntry{"stat", "Interrupts, context switches, forks and boot time, /proc/stat", true,
                   make_stat},
};

}  // namespace

std::span<const CollectorEntry> collector_table() noexcept { return kTable; }

}  // namespace hx
