// SPDX-License-Identifier: Apache-2.0
#include "process/template_fields.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "process/template_format.h"

namespace hx::tmpl {
namespace {

// The innermost component of a cgroup path that `matches` turns into something; of several paths
// (version 1 has one for each controller) the first that has one.
template <class Matcher>
std::string_view innermost(const Root& root, Matcher matches) {
  for (const std::string& path : root.subject->cgroups()) {
    std::string_view found;
    std::string_view rest = path;
    while (!rest.empty()) {
      const std::string_view part = matches(cut(rest, '/'));
      if (!part.empty()) found = part;
    }
    if (!found.empty()) return found;
  }
  return {};
}

bool ends_with(std::string_view text, std::string_view suffix) noexcept {
  return text.size() > suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// The kinds of systemd units that hold processes.
std::string_view unit_of(std::string_view component) noexcept {
  constexpr std::array<std::string_view, 5> kSuffixes = {".service", ".scope", ".socket", ".mount",
                                                         ".swap"};
  const bool is_unit = std::any_of(kSuffixes.begin(), kSuffixes.end(),
                                   [&](auto suffix) { return ends_with(component, suffix); });
  return is_unit ? component : std::string_view();
}

std::string_view slice_of(std::string_view component) noexcept {
  return ends_with(component, ".slice") ? component : std::string_view();
}

// "docker-<id>.scope" where systemd makes the cgroups, "<id>" where the engine does.
std::string_view container_of(std::string_view component) noexcept {
  constexpr std::array<std::string_view, 4> kPrefixes = {"docker-", "crio-", "libpod-",
                                                         "cri-containerd-"};
  constexpr std::string_view kSuffix = ".scope";
  constexpr std::size_t kIdLength = 64;
  if (ends_with(component, kSuffix)) {
    component.remove_suffix(kSuffix.size());
    const auto* prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](auto candidate) {
      return component.substr(0, candidate.size()) == candidate;
    });
    if (prefix == kPrefixes.end()) return {};
    component.remove_prefix(prefix->size());
  }
  const bool is_id = component.size() == kIdLength &&
                     component.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id ? component : std::string_view();
}

constexpr Facts kNone;
constexpr Facts kUser{.username = true, .groupname = false, .cgroups = false};
constexpr Facts kGroup{.username = false, .groupname = true, .cgroups = false};
constexpr Facts kCgroups{.username = false, .groupname = false, .cgroups = true};

constexpr std::array kFields = {
    Field{"Cgroups", kCgroups,
          [](const Root& root) -> Value { return List(root.subject->cgroups()); }},
    Field{"Comm", kNone,
          [](const Root& root) -> Value { return std::string_view(root.subject->comm()); }},
    Field{"ExeBase", kNone, [](const Root& root) -> Value { return root.subject->exe_base(); }},
    Field{"ExeFull", kNone, [](const Root& root) -> Value { return root.subject->exe_full(); }},
    Field{"Username", kUser,
          [](const Root& root) -> Value { return std::string_view(root.subject->username()); }},
    Field{"PID", kNone, [](const Root& root) -> Value { return Integer{root.subject->pid()}; }},
    Field{"StartTime", kNone,
          [](const Root& root) -> Value { return Time{root.subject->start_ns()}; }},
    Field{"Matches", kNone, [](const Root& root) -> Value { return root.matches; }},
    // Ours.
    Field{"CgroupID", kCgroups,
          [](const Root& root) -> Value {
            return Integer{static_cast<std::int64_t>(root.subject->cgroup_id())};
          }},
    Field{"Group", kGroup,
          [](const Root& root) -> Value { return std::string_view(root.subject->groupname()); }},
    Field{"Unit", kCgroups, [](const Root& root) -> Value { return innermost(root, unit_of); }},
    Field{"Slice", kCgroups, [](const Root& root) -> Value { return innermost(root, slice_of); }},
    Field{"Container", kCgroups,
          [](const Root& root) -> Value { return innermost(root, container_of); }},
};

constexpr std::int64_t kNanos = 1'000'000'000;

std::int64_t floor_div(std::int64_t value, std::int64_t by) noexcept {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::chrono::sys_days days_of(Time time) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(time.ns)));
}
std::chrono::year_month_day date_of(Time time) {
  return std::chrono::year_month_day(days_of(time));
}

std::int64_t second_of_day(Time time) {
  return floor_div(time.ns, kNanos) -
         std::int64_t{86400} * days_of(time).time_since_epoch().count();
}

constexpr std::array kTimeMethods = {
    TimeMethod{"Unix",
               [](Time t) -> Value {
                 return Integer{floor_div(t.ns, kNanos), "int64"};
               }},
    TimeMethod{"UnixMilli",
               [](Time t) -> Value {
                 return Integer{floor_div(t.ns, 1'000'000), "int64"};
               }},
    TimeMethod{"UnixMicro",
               [](Time t) -> Value {
                 return Integer{floor_div(t.ns, 1000), "int64"};
               }},
    TimeMethod{"UnixNano",
               [](Time t) -> Value {
                 return Integer{t.ns, "int64"};
               }},
    TimeMethod{"Year",
               [](Time t) -> Value { return Integer{static_cast<int>(date_of(t).year())}; }},
    TimeMethod{"Day",
               [](Time t) -> Value { return Integer{static_cast<unsigned>(date_of(t).day())}; }},
    TimeMethod{"Hour", [](Time t) -> Value { return Integer{second_of_day(t) / 3600}; }},
    TimeMethod{"Minute", [](Time t) -> Value { return Integer{second_of_day(t) / 60 % 60}; }},
    TimeMethod{"Second", [](Time t) -> Value { return Integer{second_of_day(t) % 60}; }},
    TimeMethod{"Nanosecond",
               [](Time t) -> Value { return Integer{t.ns - floor_div(t.ns, kNanos) * kNanos}; }},
    TimeMethod{"Add", nullptr},
    TimeMethod{"AddDate", nullptr},
    TimeMethod{"After", nullptr},
    TimeMethod{"AppendFormat", nullptr},
    TimeMethod{"Before", nullptr},
    TimeMethod{"Clock", nullptr},
    TimeMethod{"Compare", nullptr},
    TimeMethod{"Date", nullptr},
    TimeMethod{"Equal", nullptr},
    TimeMethod{"Format", nullptr},
    TimeMethod{"GoString", nullptr},
    TimeMethod{"GobEncode", nullptr},
    TimeMethod{"ISOWeek", nullptr},
    TimeMethod{"In", nullptr},
    TimeMethod{"IsDST", nullptr},
    TimeMethod{"IsZero", nullptr},
    TimeMethod{"Local", nullptr},
    TimeMethod{"Location", nullptr},
    TimeMethod{"MarshalBinary", nullptr},
    TimeMethod{"MarshalJSON", nullptr},
    TimeMethod{"MarshalText", nullptr},
    TimeMethod{"Month", nullptr},
    TimeMethod{"Round", nullptr},
    TimeMethod{"String", nullptr},
    TimeMethod{"Sub", nullptr},
    TimeMethod{"Truncate", nullptr},
    TimeMethod{"UTC", nullptr},
    TimeMethod{"Weekday", nullptr},
    TimeMethod{"YearDay", nullptr},
    TimeMethod{"Zone", nullptr},
    TimeMethod{"ZoneBounds", nullptr},
};

template <class Table>
auto find_row(const Table& table, std::string_view name) noexcept -> decltype(table.data()) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Field> fields() noexcept { return kFields; }
const Field* find_field(std::string_view name) noexcept { return find_row(kFields, name); }
const TimeMethod* find_time_method(std::string_view name) noexcept {
  return find_row(kTimeMethods, name);
}

}  // namespace hx::tmpl
