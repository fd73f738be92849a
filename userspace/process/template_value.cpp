// SPDX-License-Identifier: Apache-2.0
#include "process/template_value.h"

#include <array>

namespace hx::tmpl {
namespace {

bool is_none(const Value& value) noexcept { return as<None>(value) != nullptr; }

}  // namespace

std::string_view type_name(const Value& value) noexcept {
  constexpr std::array<std::string_view, 9> kNames = {
      "<nil>",     "bool",   "", "float64", "string", "[]string", "map[string]string",
      "time.Time", "process"};
  if (const auto* integer = as<Integer>(value)) return integer->type;
  return kNames.at(value.index());
}

bool truth(const Value& value) noexcept {
  if (is_none(value)) return false;
  if (const auto* flag = as<bool>(value)) return *flag;
  if (const auto* integer = as<Integer>(value)) return integer->value != 0;
  if (const auto* real = as<double>(value)) return *real != 0;
  if (const auto* text = as<std::string_view>(value)) return !text->empty();
  if (const auto* list = as<List>(value)) return !list->empty();
  if (const auto* map = as<const Matches*>(value)) return !(*map)->empty();
  return true;  // structs, the zero time included
}

std::optional<bool> equal(const Value& left, const Value& right) noexcept {
  if (is_none(left) || is_none(right)) return is_none(left) && is_none(right);
  if (left.index() != right.index()) return std::nullopt;
  if (const auto* flag = as<bool>(left)) return *flag == *as<bool>(right);
  if (const auto* integer = as<Integer>(left)) return integer->value == as<Integer>(right)->value;
  if (const auto* real = as<double>(left)) return *real == *as<double>(right);
  if (const auto* text = as<std::string_view>(left)) return *text == *as<std::string_view>(right);
  if (const auto* time = as<Time>(left)) return time->ns == as<Time>(right)->ns;
  if (as<Root>(left)) return true;  // there is but one
  return std::nullopt;              // lists and maps
}

std::optional<bool> less(const Value& left, const Value& right) noexcept {
  if (left.index() != right.index()) return std::nullopt;
  if (const auto* integer = as<Integer>(left)) return integer->value < as<Integer>(right)->value;
  if (const auto* real = as<double>(left)) return *real < *as<double>(right);
  if (const auto* text = as<std::string_view>(left)) return *text < *as<std::string_view>(right);
  return std::nullopt;
}

}  // namespace hx::tmpl
