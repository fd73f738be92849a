// SPDX-License-Identifier: Apache-2.0
#include "process/template_fields.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "process/cgroup_path.h"
#include "process/template_format.h"

namespace hx::tmpl {
namespace {

// Of several paths (version 1 has one for each controller) the first that has one.
template <class Find>
std::string_view first_of_cgroups(const Root& root, Find find) {
  for (const std::string& path : root.subject->cgroups()) {
    const std::string_view found = find(path);
    if (!found.empty()) return found;
  }
  return {};
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
    Field{"Unit", kCgroups,
          [](const Root& root) -> Value { return first_of_cgroups(root, unit_in); }},
    Field{"Slice", kCgroups,
          [](const Root& root) -> Value { return first_of_cgroups(root, slice_in); }},
    Field{"Container", kCgroups,
          [](const Root& root) -> Value { return first_of_cgroups(root, container_in); }},
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
