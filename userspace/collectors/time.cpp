// SPDX-License-Identifier: Apache-2.0
// Time of day, time zone and clock sources, see clock_gettime(2), localtime(3) and the kernel's
// kernel/time/clocksource.c for /sys/devices/system/clocksource.
#include <vector>

#include "base/unique_words.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::string_view kClocksources = "sys/devices/system/clocksource";

// clocksource0 and so on: what one device that keeps time may be driven by, and is.
struct Clocksource {
  HotFile available, current;
};

class Time final : public Collector {
 public:
  explicit Time(const Context& context) : fs_(context.fs), sys_(context.sys) {}

  Status collect(MetricSink& out) override {
    timespec now{};
    if (sys_.clock_gettime(CLOCK_REALTIME, &now) != 0) return Error{errno, "clock_gettime"};
    out.gauge("node_time_seconds", "System time in seconds since epoch (1970).")
        .add(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9);

    tm local{};
    if (::localtime_r(&now.tv_sec, &local) == nullptr) return Error{errno, "localtime_r"};
    out.gauge("node_time_zone_offset_seconds", "System time zone offset in seconds.")
        .add({{"time_zone", local.tm_zone}}, local.tm_gmtoff);
    return collect_clocksources(out);
  }

 private:
  Status collect_clocksources(MetricSink& out) {
    if (clocksources_.empty()) find_clocksources();

    auto available = out.gauge("node_time_clocksource_available_info",
                               "Available clocksources read from "
                               "'/sys/devices/system/clocksource'.");
    for (std::size_t i = 0; i < clocksources_.size(); ++i) {
      const auto names = clocksources_[i].available.read();
      if (!names) return names.error();
      for (const auto& name : UniqueWords().add(*names)) {
        available.add({{"clocksource", name}, {"device", std::to_string(i)}}, 1);
      }
    }

    auto current = out.gauge("node_time_clocksource_current_info",
                             "Current clocksource read from '/sys/devices/system/clocksource'.");
    for (std::size_t i = 0; i < clocksources_.size(); ++i) {
      const auto name = clocksources_[i].current.read();
      if (!name) return name.error();
      current.add({{"clocksource", trim(*name)}, {"device", std::to_string(i)}}, 1);
    }
    return {};
  }

  // The kernel registers them at boot and adds none later. A host without sysfs has none.
  void find_clocksources() {
    const auto names = fs_.list(kClocksources);
    if (!names) return;
    for (const auto& name : *names) {
      if (!name.starts_with("clocksource")) continue;
      const auto dir = std::string(kClocksources) + "/" + name;
      clocksources_.push_back({HotFile(fs_, dir + "/available_clocksource"),
                               HotFile(fs_, dir + "/current_clocksource")});
    }
  }

  const HostFs& fs_;
  Syscalls sys_;
  std::vector<Clocksource> clocksources_;
};

}  // namespace

Result<CollectorPtr> make_time(const Context& context) { return std::make_unique<Time>(context); }

}  // namespace hx
