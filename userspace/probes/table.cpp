// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "probes/probe.h"

namespace hx {

Result<CollectorPtr> make_block(const ProbeContext& context);
Result<CollectorPtr> make_fault(const ProbeContext& context);
Result<CollectorPtr> make_irq(const ProbeContext& context);
Result<CollectorPtr> make_sched(const ProbeContext& context);
Result<CollectorPtr> make_slow_io(const ProbeContext& context);
Result<CollectorPtr> make_tcp(const ProbeContext& context);

namespace {

constexpr std::array kTable{
    ProbeEntry{"sched", "Run-queue latency", true, make_sched},
    ProbeEntry{"block", "Latency and size of block requests by device and operation", true,
               make_block},
    ProbeEntry{"fault", "Latency of major page faults", false, make_fault},
    ProbeEntry{"irq", "Time in softirqs and interrupt handlers, and how late softirqs are", false,
               make_irq},
    ProbeEntry{"slow_io", "Single slow block requests, for /debug/events at level -1", true,
               make_slow_io},
    ProbeEntry{"tcp", "TCP connects, accepts, retransmits; with their bytes by name group", false,
               make_tcp},
};

}  // namespace

std::span<const ProbeEntry> probe_table() noexcept { return kTable; }

}  // namespace hx
