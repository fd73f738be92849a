// SPDX-License-Identifier: Apache-2.0
// Values of name templates, with the truth and the comparisons of Go's text/template.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "process/identity.h"

namespace hx::tmpl {

struct None {};  // a map key that does not exist, or nil
struct Integer {
  std::int64_t value = 0;
  const char* type = "int";  // for the messages of printf only
};
struct Time {
  std::int64_t ns = 0;  // since the epoch
};
struct Root {  // the process itself, which {{.}} prints
  Subject* subject = nullptr;
  const Matches* matches = nullptr;
};
using List = std::span<const std::string>;

// Strings and lists are views: of the Subject, the captures, the template or the executor's arena.
using Value =
    std::variant<None, bool, Integer, double, std::string_view, List, const Matches*, Time, Root>;

template <class T>
const T* as(const Value& value) noexcept {
  return std::get_if<T>(&value);
}

std::string_view type_name(const Value& value) noexcept;
bool truth(const Value& value) noexcept;

// Nothing where Go reports an error: values that cannot be compared, or not with each other.
std::optional<bool> equal(const Value& left, const Value& right) noexcept;
std::optional<bool> less(const Value& left, const Value& right) noexcept;

}  // namespace hx::tmpl
