// SPDX-License-Identifier: Apache-2.0
// The fields of a process that a name template can print: one table, one row each.
#pragma once

#include <span>
#include <string_view>

#include "process/identity.h"
#include "process/template_value.h"

namespace hx::tmpl {

struct Field {
  std::string_view name;
  Facts needs;
  Value (*read)(const Root& root);
};

// The first kUpstreamFields are process-exporter's, in the order in which {{.}} prints them.
std::span<const Field> fields() noexcept;
constexpr std::size_t kUpstreamFields = 8;

const Field* find_field(std::string_view name) noexcept;

// Methods of the start time that only depend on it. Format and the rest are refused when parsed.
struct TimeMethod {
  std::string_view name;
  Value (*read)(Time time);  // nullptr: exists in Go, unsupported here
};
const TimeMethod* find_time_method(std::string_view name) noexcept;

}  // namespace hx::tmpl
