// SPDX-License-Identifier: Apache-2.0
// How well the kernel's clock is kept, see adjtimex(2) and, for the units, its NOTES.
#include <array>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kMicro = 1e6;
constexpr double kNano = 1e9;
constexpr double kPpm = 65536e6;  // parts per million with 16 bits of fraction

// Members of type long; those of type int are added by hand.
struct Row {
  std::string_view name, help;
  __syscall_slong_t timex::*value;
  double unit;  // what of it makes one; 0: the clock's own resolution
  bool is_counter = false;
};
constexpr std::array<Row, 12> kRows{{
    {"node_timex_offset_seconds", "Time offset in between local system and reference clock.",
     &timex::offset, 0},
    {"node_timex_maxerror_seconds", "Maximum error in seconds.", &timex::maxerror, kMicro},
    {"node_timex_estimated_error_seconds", "Estimated error in seconds.", &timex::esterror, kMicro},
    {"node_timex_loop_time_constant", "Phase-locked loop time constant.", &timex::constant, 1},
    {"node_timex_tick_seconds", "Seconds between clock ticks.", &timex::tick, kMicro},
    {"node_timex_pps_frequency_hertz", "Pulse per second frequency.", &timex::ppsfreq, kPpm},
    {"node_timex_pps_jitter_seconds", "Pulse per second jitter.", &timex::jitter, 0},
    {"node_timex_pps_stability_hertz",
     "Pulse per second stability, average of recent frequency changes.", &timex::stabil, kPpm},
    {"node_timex_pps_jitter_total", "Pulse per second count of jitter limit exceeded events.",
     &timex::jitcnt, 1, true},
    {"node_timex_pps_calibration_total", "Pulse per second count of calibration intervals.",
     &timex::calcnt, 1, true},
    {"node_timex_pps_error_total", "Pulse per second count of calibration errors.", &timex::errcnt,
     1, true},
    {"node_timex_pps_stability_exceeded_total",
     "Pulse per second count of stability limit exceeded events.", &timex::stbcnt, 1, true},
}};

class Timex final : public Collector {
 public:
  explicit Timex(const Context& context) : sys_(context.sys) {}

  Status collect(MetricSink& out) override {
    timex clock{};  // modes of 0: tells, changes nothing
    const int state = sys_.adjtimex(&clock);
    if (state < 0) return Error{errno, "adjtimex"};

    out.gauge("node_timex_sync_status",
              "Is clock synchronized to a reliable server (1 = yes, 0 = no).")
        .add(state == TIME_ERROR ? 0 : 1);
    out.gauge("node_timex_status", "Value of the status array bits.").add(clock.status);
    out.gauge("node_timex_frequency_adjustment_ratio", "Local clock frequency adjustment.")
        .add(1 + static_cast<double>(clock.freq) / kPpm);
    out.gauge("node_timex_pps_shift_seconds", "Pulse per second interval duration.")
        .add(clock.shift);
    out.gauge("node_timex_tai_offset_seconds", "International Atomic Time (TAI) offset.")
        .add(clock.tai);
    const double resolution = (clock.status & STA_NANO) != 0 ? kNano : kMicro;
    for (const auto& row : kRows) {
      auto family =
          row.is_counter ? out.counter(row.name, row.help) : out.gauge(row.name, row.help);
      family.add(static_cast<double>(clock.*row.value) / (row.unit == 0 ? resolution : row.unit));
    }
    return {};
  }

 private:
  Syscalls sys_;
};

}  // namespace

Result<CollectorPtr> make_timex(const Context& context) { return std::make_unique<Timex>(context); }

}  // namespace hx
