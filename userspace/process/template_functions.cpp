// SPDX-License-Identifier: Apache-2.0
#include "process/template_functions.h"

#include <array>
#include <utility>
#include <vector>

#include "process/quote.h"
#include "process/template_format.h"

namespace hx::tmpl {
namespace {

using Args = std::span<const Value>;

// An index into something of `size` elements, the end included.
std::optional<std::size_t> position(const Value& value, std::size_t size) noexcept {
  const auto* number = as<Integer>(value);
  if (number == nullptr || number->value < 0) return std::nullopt;
  const auto at = static_cast<std::size_t>(number->value);
  if (at > size) return std::nullopt;
  return at;
}

std::optional<Value> element(const Value& item, const Value& at) {
  if (const auto* map = as<const Matches*>(item)) {
    const auto* key = as<std::string_view>(at);
    if (key == nullptr) return std::nullopt;
    const auto found = (*map)->find(*key);
    // Unlike .Matches.Key, index knows the type of what is missing.
    return std::string_view(found == (*map)->end() ? std::string_view() : found->second);
  }
  if (const auto* list = as<List>(item)) {
    const auto i = position(at, list->size());
    if (!i || *i == list->size()) return std::nullopt;
    return std::string_view((*list)[*i]);
  }
  if (const auto* text = as<std::string_view>(item)) {
    const auto i = position(at, text->size());
    if (!i || *i == text->size()) return std::nullopt;
    return Integer{static_cast<unsigned char>((*text)[*i]), "uint8"};
  }
  return std::nullopt;
}

std::optional<Value> index(Args args) {
  if (as<None>(args[0])) return std::nullopt;
  std::optional<Value> item = args[0];
  for (std::size_t i = 1; item && i < args.size(); ++i) item = element(*item, args[i]);
  return item;
}

std::optional<Value> slice(Args args) {
  const auto* text = as<std::string_view>(args[0]);
  const auto* list = as<List>(args[0]);
  const std::size_t max_args = text ? 3 : 4;
  if ((text == nullptr && list == nullptr) || args.size() > max_args) return std::nullopt;
  const std::size_t size = text ? text->size() : list->size();
  std::array<std::size_t, 3> at = {0, size, size};
  for (std::size_t i = 1; i < args.size(); ++i) {
    const auto given = position(args[i], size);
    if (!given) return std::nullopt;
    at.at(i - 1) = *given;
  }
  if (at[0] > at[1] || at[1] > at[2]) return std::nullopt;
  if (text) return text->substr(at[0], at[1] - at[0]);
  return list->subspan(at[0], at[1] - at[0]);
}

std::optional<Value> length(const Value& value) noexcept {
  std::size_t size = 0;
  if (const auto* text = as<std::string_view>(value)) {
    size = text->size();
  } else if (const auto* list = as<List>(value)) {
    size = list->size();
  } else if (const auto* map = as<const Matches*>(value)) {
    size = (*map)->size();
  } else {
    return std::nullopt;
  }
  return Integer{static_cast<std::int64_t>(size)};
}

// Equal to one of the others; the first that cannot be compared is an error unless one before it
// was equal.
std::optional<bool> equal_any(Args args) noexcept {
  if (args.size() < 2) return std::nullopt;
  for (const Value& other : args.subspan(1)) {
    const auto same = equal(args[0], other);
    if (!same || *same) return same;
  }
  return false;
}

std::optional<Value> negate(std::optional<bool> value) {
  if (!value) return std::nullopt;
  return !*value;
}

std::optional<Value> truth_of(std::optional<bool> value) {
  if (!value) return std::nullopt;
  return *value;
}

std::optional<bool> less_or_equal(const Value& left, const Value& right) noexcept {
  const auto before = less(left, right);
  return !before || *before ? before : equal(left, right);
}

void append_hex(std::string& out, std::uint32_t value, int length) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (int shift = (length - 1) * 4; shift >= 0; shift -= 4) out += kDigits[(value >> shift) & 15U];
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\0': out += "\uFFFD"; break;
      case '"': out += "&#34;"; break;
      case '\'': out += "&#39;"; break;
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string escape_js(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = next_rune(text);
    const auto piece = text.substr(0, rune.length);
    text.remove_prefix(rune.length);
    if (rune.value == '\\' || rune.value == '\'' || rune.value == '"') {
      out.append("\\").append(piece);
    } else if (rune.value < ' ' || std::string_view("<>&=").find(piece) != std::string_view::npos ||
               (rune.value >= 0x80 && !is_printable(rune.value))) {
      out += "\\u";
      append_hex(out, rune.value, rune.value > 0xFFFFF ? 6 : rune.value > 0xFFFF ? 5 : 4);
    } else {
      out.append(piece);
    }
  }
  return out;
}

std::string escape_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("-_.~").find(c) != std::string_view::npos;
    if (kept) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      append_hex(out, static_cast<unsigned char>(c), 2);
    }
  }
  return out;
}

std::optional<Value> formatted(Args args, Arena& arena) {
  const auto* format = as<std::string_view>(args[0]);
  if (format == nullptr) return std::nullopt;
  auto text = sprintf(*format, args.subspan(1), arena.room());
  if (!text) return std::nullopt;
  return arena.keep(std::move(*text));
}

// How many arguments a function takes; Go counts before it evaluates.
struct Arity {
  std::size_t least;
  bool exact;
};
Arity arity_of(Function function) noexcept {
  switch (function) {
    case Function::kLen:
    case Function::kNot: return {1, true};
    case Function::kNe:
    case Function::kLt:
    case Function::kLe:
    case Function::kGt:
    case Function::kGe: return {2, true};
    case Function::kPrint:
    case Function::kPrintln:
    case Function::kHtml:
    case Function::kJs:
    case Function::kUrlquery: return {0, false};
    default: return {1, false};
  }
}

}  // namespace

std::optional<Value> Arena::keep(std::string text) {
  if (text.size() > room()) return std::nullopt;
  used_ += text.size();
  return std::string_view(strings_.emplace_back(std::move(text)));
}

std::optional<Value> apply(Function function, std::span<const Value> args, Arena& arena) {
  const Arity arity = arity_of(function);
  if (args.size() < arity.least || (arity.exact && args.size() > arity.least)) return std::nullopt;
  switch (function) {
    case Function::kEq: return truth_of(equal_any(args));
    case Function::kNe: return negate(equal_any(args));
    case Function::kLt: return truth_of(less(args[0], args[1]));
    case Function::kLe: return truth_of(less_or_equal(args[0], args[1]));
    case Function::kGt: return negate(less_or_equal(args[0], args[1]));
    case Function::kGe: return negate(less(args[0], args[1]));
    case Function::kHtml: return arena.keep(escape_html(sprint_as_values(args)));
    case Function::kJs: return arena.keep(escape_js(sprint_as_values(args)));
    case Function::kUrlquery: return arena.keep(escape_query(sprint_as_values(args)));
    case Function::kIndex: return index(args);
    case Function::kSlice: return slice(args);
    case Function::kLen: return length(args[0]);
    case Function::kNot: return !truth(args[0]);
    case Function::kPrint: return arena.keep(sprint(args));
    case Function::kPrintln: return arena.keep(sprintln(args));
    case Function::kPrintf: return formatted(args, arena);
    case Function::kAnd:
    case Function::kOr: break;
  }
  return std::nullopt;
}

}  // namespace hx::tmpl
