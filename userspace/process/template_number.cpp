// SPDX-License-Identifier: Apache-2.0
#include "process/template_number.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/text.h"
#include "process/quote.h"

namespace hx::tmpl {
namespace {

// "1_000" and "0x_f", but not "_1", "1__0" or "1_".
bool has_good_underscores(std::string_view digits, bool prefixed) noexcept {
  char before = prefixed ? '0' : '_';
  for (const char c : digits) {
    if (c == '_' && before == '_') return false;
    before = c;
  }
  return before != '_';
}

struct Magnitude {
  std::uint64_t value = 0;
  bool overflows = false;
};

// An unsigned integer with the prefixes of strconv.ParseUint(text, 0, 64).
std::optional<Magnitude> parse_magnitude(std::string_view text) {
  int base = 10;
  const char letter = text.size() > 1 && text[0] == '0' ? static_cast<char>(text[1] | 0x20) : ' ';
  const bool prefixed = letter == 'x' || letter == 'o' || letter == 'b';
  if (prefixed) {
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  if (!has_good_underscores(text, prefixed)) return std::nullopt;
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  Magnitude out;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.value, base);
  if (end != digits.data() + digits.size()) return std::nullopt;
  out.overflows = error == std::errc::result_out_of_range;
  if (error != std::errc{} && !out.overflows) return std::nullopt;
  return out;
}

}  // namespace

Result<Operand> parse_number(std::string_view text) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::string_view digits = text;
  const bool has_sign = !digits.empty() && (digits[0] == '+' || digits[0] == '-');
  const bool negative = has_sign && digits[0] == '-';
  if (has_sign) digits.remove_prefix(1);

  Operand out;
  if (const auto magnitude = parse_magnitude(digits)) {
    const bool too_large = magnitude->value > kMax + (negative ? 1 : 0);
    if (magnitude->overflows || (too_large && has_sign)) {
      return Error{0, "integer overflow: " + quote(text)};
    }
    out.kind = too_large ? OperandKind::kOverflow : OperandKind::kInt;
    out.integer = static_cast<std::int64_t>(negative ? 0 - magnitude->value : magnitude->value);
    return out;
  }
  // Hexadecimal fractions and underscores in fractions are beyond us, and refused alike.
  const auto real = to_double(digits);
  if (!real || digits.find_first_of(".eE") == std::string_view::npos) {
    return Error{0, "illegal number syntax: " + quote(text)};
  }
  out.kind = OperandKind::kFloat;
  out.real = negative ? -*real : *real;
  return out;
}

}  // namespace hx::tmpl
