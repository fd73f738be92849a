// SPDX-License-Identifier: Apache-2.0
// Values as text, as Go's fmt package prints them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "process/template_value.h"

namespace hx::tmpl {

// What {{value}} prints.
void append_value(std::string& out, const Value& value);
std::string format_time(Time time);

// fmt.Sprint puts blanks between operands of which neither is a string, Sprintln everywhere.
std::string sprint(std::span<const Value> args);
std::string sprintln(std::span<const Value> args);
// Sprint for html, js and urlquery, where nil and the process look as {{value}} prints them.
std::string sprint_as_values(std::span<const Value> args);

// fmt.Sprintf for the verbs v d b o O x X c q U s t e E f F g G T, with flags, widths, precisions,
// stars and argument indexes. Nothing where we would print something else than Go: other verbs on
// times and processes, or a text above `limit`.
std::optional<std::string> sprintf(std::string_view format, std::span<const Value> args,
                                   std::size_t limit);

}  // namespace hx::tmpl
