// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "collectors/collector.h"

namespace hx {

Result<CollectorPtr> make_diskstats(const Context& context);
Result<CollectorPtr> make_filesystem(const Context& context);
Result<CollectorPtr> make_loadavg(const Context& context);
Result<CollectorPtr> make_netdev(const Context& context);
Result<CollectorPtr> make_os(const Context& context);
Result<CollectorPtr> make_textfile(const Context& context);
Result<CollectorPtr> make_time(const Context& context);
Result<CollectorPtr> make_uname(const Context& context);

namespace {

constexpr std::array kTable{
    CollectorEntry{"diskstats", "I/O of block devices, /proc/diskstats", true, make_diskstats},
    CollectorEntry{"filesystem", "Size and state of file systems, statfs(2)", true,
                   make_filesystem},
    CollectorEntry{"loadavg", "Load averages, /proc/loadavg", true, make_loadavg},
    CollectorEntry{"netdev", "Traffic and errors of network devices, rtnetlink(7)", true,
                   make_netdev},
    CollectorEntry{"os", "Name and version of the distribution, os-release(5)", true, make_os},
    CollectorEntry{"textfile", "Metrics that other programs leave in *.prom files", true,
                   make_textfile},
    CollectorEntry{"time", "Time of day, time zone and clock sources", true, make_time},
    CollectorEntry{"uname", "Names and version of the kernel, uname(2)", true, make_uname},
};

}  // namespace

std::span<const CollectorEntry> collector_table() noexcept { return kTable; }

}  // namespace hx
