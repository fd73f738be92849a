// SPDX-License-Identifier: Apache-2.0
// Units of the service manager, over D-Bus: see org.freedesktop.systemd1(5).
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <vector>

#include "base/bus.h"
#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

using O = CollectorOptions;

constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kService = "org.freedesktop.systemd1.Service";
constexpr const char* kSocket = "org.freedesktop.systemd1.Socket";

constexpr std::array<std::string_view, 5> kStates{"active", "activating", "deactivating",
                                                  "inactive", "failed"};

// A property that is a number, of the units whose name ends so.
struct UnitMetric {
  std::string_view suffix;
  const char* interface;
  const char* property;
  double unit;
  bool O::*wanted;  // null: always
  bool is_counter;
  std::string_view name, help;
};
constexpr std::array<UnitMetric, 8> kMetrics{{
    {".service", kService, "NRestarts", 1, &O::systemd_enable_restarts_metrics, true,
     "node_systemd_service_restart_total", "Service unit count of Restart triggers"},
    {".socket", kSocket, "NAccepted", 1, nullptr, true,
     "node_systemd_socket_accepted_connections_total",
     "Total number of accepted socket connections"},
    {".socket", kSocket, "NConnections", 1, nullptr, false,
     "node_systemd_socket_current_connections", "Current number of socket connections"},
    {".socket", kSocket, "NRefused", 1, nullptr, false,
     "node_systemd_socket_refused_connections_total", "Total number of refused socket connections"},
    {".timer", "org.freedesktop.systemd1.Timer", "LastTriggerUSec", 1e6, nullptr, false,
     "node_systemd_timer_last_trigger_seconds", "Seconds since epoch of last trigger."},
    {"", kUnit, "ActiveEnterTimestamp", 1e6, &O::systemd_enable_start_time_metrics, false,
     "node_systemd_unit_start_time_seconds", "Start time of the unit since unix epoch in seconds."},
    {".service", kService, "TasksCurrent", 1, &O::systemd_enable_task_metrics, false,
     "node_systemd_unit_tasks_current", "Current number of tasks per Systemd unit"},
    {".service", kService, "TasksMax", 1, &O::systemd_enable_task_metrics, false,
     "node_systemd_unit_tasks_max", "Maximum number of tasks per Systemd unit"},
}};

// Stands for "infinity" and for "not known".
constexpr std::uint64_t kNoNumber = std::numeric_limits<std::uint64_t>::max();

struct Unit {
  std::string name, state, path;
  std::optional<std::string> type;
  std::array<std::optional<std::uint64_t>, kMetrics.size()> numbers;
};

struct Manager {
  std::optional<std::string> version, virtualization, state;
  std::map<std::string, std::uint64_t, std::less<>> units_by_state;  // loaded or not
  std::vector<Unit> units;                                           // that the filter accepts
  Status listed = Error{EBADMSG, "ListUnits"};
};

// The first number of at least three digits: 252.38 of "v252.38-1~deb12u1".
std::optional<double> parse_version(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of(kDigits), text.size());
    double number = 0;
    if (digits >= 3) {
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
      return number;
    }
    text.remove_prefix(std::max<std::size_t>(digits, 1));
  }
  return std::nullopt;
}

class Systemd final : public Collector {
 public:
  Systemd(const Context& context, Filter filter)
      : options_(context.options),
        limit_(context.timeout * 4 / 5),
        filter_(std::move(filter)),
        bus_(context.fs, context.sys, peer(context.options)) {}

  Status collect(MetricSink& out) override {
    auto manager = read();
    if (!manager) return manager.error();
    add_manager(out, *manager);
    add_units(out, manager->units);
    if (!manager->state) return Error{0, "no SystemState"};
    out.gauge("node_systemd_system_running",
              "Whether the system is operational (see 'systemctl is-system-running')")
        .add(*manager->state == "running");
    return {};
  }

 private:
  static Bus::Peer peer(const CollectorOptions& options) {
    constexpr const char* kName = "org.freedesktop.systemd1";
    if (!options.systemd_private) return Bus::on_system_bus(kName);
    return {.socket = "run/systemd/private", .service = kName, .is_direct = true};
  }

  Result<Manager> read();
  void read_units(BusReply& reply, Manager& manager) const;
  void ask_about(Unit& unit);
  static void add_manager(MetricSink& out, const Manager& manager);
  static void add_units(MetricSink& out, const std::vector<Unit>& units);

  const CollectorOptions& options_;
  const std::chrono::milliseconds limit_;
  Filter filter_;
  Bus bus_;
};

Result<Manager> Systemd::read() {
  if (auto ok = bus_.begin(limit_); !ok) return ok.error();
  Manager manager;
  bus_.call(kManagerPath, kManager, "ListUnits",
            [&](BusReply& reply) { read_units(reply, manager); });
  bus_.get(kManagerPath, kManager, "Version", manager.version);
  bus_.get(kManagerPath, kManager, "Virtualization", manager.virtualization);
  bus_.get(kManagerPath, kManager, "SystemState", manager.state);
  if (auto ok = bus_.finish(); !ok) return ok.error();
  if (!manager.listed) return manager.listed.error();

  // Single properties: all of a service's take the manager longer than four of them, for some it
  // reads files of its cgroup.
  for (auto& unit : manager.units) ask_about(unit);
  if (auto ok = bus_.finish(); !ok) return ok.error();
  return manager;
}

void Systemd::read_units(BusReply& reply, Manager& manager) const {
  manager.listed = reply.status();
  if (!manager.listed) return;
  if (!reply.enter('a', "(ssssssouso)")) {
    manager.listed = Error{EBADMSG, "ListUnits"};
    return;
  }
  for (const auto state : kStates) manager.units_by_state.emplace(state, 0);
  const char *name, *description, *load, *state, *sub, *following, *path, *job, *job_path;
  std::uint32_t job_id;
  while (reply.read("(ssssssouso)", &name, &description, &load, &state, &sub, &following, &path,
                    &job_id, &job, &job_path)) {
    ++manager.units_by_state[state];
    if (load != std::string_view("loaded") || !filter_.accepts(name)) continue;
    manager.units.push_back(
        {.name = name, .state = state, .path = path, .type = {}, .numbers = {}});
  }
  auto& units = manager.units;
  std::sort(units.begin(), units.end(),
            [](const Unit& a, const Unit& b) { return a.name < b.name; });
  const auto end = std::unique(units.begin(), units.end(),
                               [](const Unit& a, const Unit& b) { return a.name == b.name; });
  units.erase(end, units.end());
}

void Systemd::ask_about(Unit& unit) {
  const auto* path = unit.path.c_str();
  if (unit.name.ends_with(".service")) bus_.get(path, kService, "Type", unit.type);
  if (unit.name.ends_with(".mount")) {
    bus_.get(path, "org.freedesktop.systemd1.Mount", "Type", unit.type);
  }
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    const auto& metric = kMetrics[i];
    if (metric.wanted != nullptr && !(options_.*metric.wanted)) continue;
    if (!unit.name.ends_with(metric.suffix)) continue;
    if (metric.interface == kUnit && unit.state != "active") {
      unit.numbers[i] = 0;  // has been active before
    } else {
      bus_.get(path, metric.interface, metric.property, unit.numbers[i]);
    }
  }
}

void Systemd::add_manager(MetricSink& out, const Manager& manager) {
  const auto version = manager.version ? parse_version(*manager.version) : std::nullopt;
  out.gauge("node_systemd_version", "Detected systemd version")
      .add({{"version", version ? *manager.version : ""}}, version.value_or(0));
  auto virtualization = manager.virtualization.value_or("unknown");
  if (virtualization.empty()) virtualization = "none";
  out.gauge("node_systemd_virtualization_info", "Detected virtualization technology")
      .add({{"virtualization_type", virtualization}}, 1);
  auto summary = out.gauge("node_systemd_units", "Summary of systemd unit states");
  for (const auto& [state, count] : manager.units_by_state) summary.add({{"state", state}}, count);
}

void Systemd::add_units(MetricSink& out, const std::vector<Unit>& units) {
  auto states = out.gauge("node_systemd_unit_state", "Systemd unit");
  for (const auto& unit : units) {
    for (const auto state : kStates) {
      states.add({{"name", unit.name}, {"state", state}, {"type", unit.type.value_or("")}},
                 unit.state == state);
    }
  }
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    const auto& metric = kMetrics[i];
    auto family = metric.is_counter ? out.counter(metric.name, metric.help)
                                    : out.gauge(metric.name, metric.help);
    for (const auto& unit : units) {
      const auto number = unit.numbers[i].value_or(kNoNumber);
      if (number == kNoNumber) continue;
      family.add({{"name", unit.name}}, static_cast<double>(number) / metric.unit);
    }
  }
}

std::string whole(const std::string& expression) { return "^(?:" + expression + ")$"; }

}  // namespace

Result<CollectorPtr> make_systemd(const Context& context) {
  auto filter = Filter::make_combined(
      {"collector.systemd.unit-include", whole(context.options.systemd_unit_include)},
      {"collector.systemd.unit-exclude", whole(context.options.systemd_unit_exclude)});
  if (!filter) return filter.error();
  return std::make_unique<Systemd>(context, std::move(*filter));
}

}  // namespace hx
