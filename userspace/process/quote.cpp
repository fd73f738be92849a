// SPDX-License-Identifier: Apache-2.0
#include "process/quote.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace hx {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kLastRune = 0x10FFFF;

struct Range {
  char32_t first;
  char32_t last;
};
// Categories Cc, Cf, Co, Cs, Zl, Zp and Zs of Unicode 15, without the ASCII blank.
constexpr std::array kUnprintable = {
    Range{0x0, 0x1F},        Range{0x7F, 0xA0},         Range{0xAD, 0xAD},
    Range{0x600, 0x605},     Range{0x61C, 0x61C},       Range{0x6DD, 0x6DD},
    Range{0x70F, 0x70F},     Range{0x890, 0x891},       Range{0x8E2, 0x8E2},
    Range{0x1680, 0x1680},   Range{0x180E, 0x180E},     Range{0x2000, 0x200F},
    Range{0x2028, 0x202F},   Range{0x205F, 0x206F},     Range{0x3000, 0x3000},
    Range{0xD800, 0xF8FF},   Range{0xFEFF, 0xFEFF},     Range{0xFFF0, 0xFFFB},
    Range{0xFFFE, 0xFFFF},   Range{0x110BD, 0x110BD},   Range{0x110CD, 0x110CD},
    Range{0x13430, 0x1343F}, Range{0x1BCA0, 0x1BCA3},   Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE007F}, Range{0xF0000, kLastRune},
};

bool is_surrogate(std::uint32_t value) noexcept { return value >= 0xD800 && value <= 0xDFFF; }

std::optional<std::uint32_t> digits(std::string_view& rest, std::size_t count, int base) noexcept {
  if (rest.size() < count) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + count, value, base);
  if (error != std::errc{} || end != rest.data() + count) return std::nullopt;
  rest.remove_prefix(count);
  return value;
}

std::optional<char> simple_escape(char c) noexcept {
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
  const auto at = kNames.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return kValues[at];
}

// One character or escape of a literal in `mark`s. A byte escape (\x, octal) is a byte, not a
// character.
struct Unit {
  char32_t value = 0;
  bool is_byte = false;
};
std::optional<Unit> next_unit(std::string_view& rest, char mark) noexcept {
  if (rest.empty() || rest[0] == mark || rest[0] == '\n') return std::nullopt;
  if (rest[0] != '\\') {
    const Rune rune = next_rune(rest);
    rest.remove_prefix(rune.length);
    return Unit{rune.value, false};
  }
  if (rest.size() < 2) return std::nullopt;
  const char c = rest[1];
  rest.remove_prefix(2);
  if (c == mark) return Unit{static_cast<unsigned char>(c), false};
  if (const auto value = simple_escape(c)) return Unit{static_cast<unsigned char>(*value), false};
  if (c >= '0' && c <= '7') {
    rest = std::string_view(rest.data() - 1, rest.size() + 1);
    const auto value = digits(rest, 3, 8);
    if (!value || *value > 0xFF) return std::nullopt;
    return Unit{*value, true};
  }
  const std::size_t length = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (length == 0) return std::nullopt;
  const auto value = digits(rest, length, 16);
  if (!value || *value > kLastRune || (c != 'x' && is_surrogate(*value))) return std::nullopt;
  return Unit{*value, c == 'x'};
}

void append_escaped(std::string& out, char32_t rune) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kNames = "abtnvfr";  // from 7 on
  const auto append_hex = [&](char letter, int length) {
    out.append({'\\', letter});
    for (int shift = (length - 1) * 4; shift >= 0; shift -= 4) out += kHex[(rune >> shift) & 15U];
  };
  if (rune >= 7 && rune < 7 + kNames.size()) {
    out.append({'\\', kNames[rune - 7]});
  } else if (rune < 0x20 || rune == 0x7F) {
    append_hex('x', 2);
  } else if (rune < 0x10000) {
    append_hex('u', 4);
  } else {
    append_hex('U', 8);
  }
}

}  // namespace

Rune next_rune(std::string_view text) noexcept {
  if (text.empty()) return {};
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (!is_utf8(text.substr(0, length))) return {kReplacement, 1};
  char32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return {value, length};
}

void append_rune(std::string& out, char32_t rune) {
  if (rune > kLastRune || is_surrogate(rune)) rune = kReplacement;
  const auto put = [&](char32_t byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  const auto put_tail = [&](int count) {
    for (int shift = (count - 1) * 6; shift >= 0; shift -= 6)
      put(0x80U | ((rune >> shift) & 0x3FU));
  };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xC0U | (rune >> 6));
    put_tail(1);
  } else if (rune < 0x10000) {
    put(0xE0U | (rune >> 12));
    put_tail(2);
  } else {
    put(0xF0U | (rune >> 18));
    put_tail(3);
  }
}

std::size_t count_runes(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(next_rune(text).length);
  return count;
}

bool is_printable(char32_t rune) noexcept {
  return rune <= kLastRune &&
         std::none_of(kUnprintable.begin(), kUnprintable.end(), [rune](const Range& range) {
           return rune >= range.first && rune <= range.last;
         });
}

std::string quote(std::string_view text, bool ascii, char mark) {
  std::string out(1, mark);
  while (!text.empty()) {
    const Rune rune = next_rune(text);
    if (rune.value == kReplacement && rune.length == 1) {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(text[0]);
      out.append({'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]});
    } else if (rune.value == static_cast<unsigned char>(mark) || rune.value == '\\') {
      out.append({'\\', text[0]});
    } else if (is_printable(rune.value) && (!ascii || rune.value < 0x80)) {
      out.append(text.substr(0, rune.length));
    } else {
      append_escaped(out, rune.value);
    }
    text.remove_prefix(rune.length);
  }
  out += mark;
  return out;
}

std::optional<std::string> unquote(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back()) return std::nullopt;
  const char mark = literal.front();
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string out;
  if (mark == '`') {
    // Go drops carriage returns of raw strings.
    std::copy_if(rest.begin(), rest.end(), std::back_inserter(out),
                 [](char c) { return c != '\r'; });
    return out;
  }
  while (!rest.empty()) {
    const auto unit = next_unit(rest, mark);
    if (!unit) return std::nullopt;
    if (unit->is_byte) {
      out += static_cast<char>(static_cast<unsigned char>(unit->value));
    } else {
      append_rune(out, unit->value);
    }
  }
  return out;
}

std::optional<char32_t> unquote_char(std::string_view literal) {
  if (literal.size() < 3 || literal.front() != '\'') return std::nullopt;
  std::string_view rest = literal.substr(1);
  const auto unit = next_unit(rest, '\'');
  if (!unit || rest != "'") return std::nullopt;
  return unit->value;
}

}  // namespace hx
