// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <arpa/inet.h>

#include <array>
#include <cmath>

namespace hx {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), 0 for
// none.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return in(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return in(1, low, high) && in(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return in(1, low, high) && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool next_line(std::string_view& rest, std::string_view& line) noexcept {
  if (rest.empty()) return false;
  line = cut(rest, '\n');
  return true;
}

std::string_view next_field(std::string_view& rest) noexcept {
  std::size_t begin = 0;
  while (begin < rest.size() && is_blank(rest[begin])) ++begin;
  std::size_t end = begin;
  while (end < rest.size() && !is_blank(rest[end])) ++end;
  const auto field = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return field;
}

std::string_view cut(std::string_view& rest, char separator) noexcept {
  const auto at = rest.find(separator);
  const auto head = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return head;
}

std::optional<std::chrono::nanoseconds> to_duration(std::string_view text) noexcept {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  constexpr std::array<Unit, 7> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  constexpr double kMost = 9e18;  // what a std::int64_t of nanoseconds holds

  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto size = text.find_first_not_of("0123456789.");
    if (size == std::string_view::npos) return std::nullopt;
    const auto number = to_double(text.substr(0, size));
    text.remove_prefix(size);
    const auto name = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(name.size());
    double unit = 0;
    for (const auto& row : kUnits) {
      if (row.name == name) unit = row.nanoseconds;
    }
    if (!number || unit == 0) return std::nullopt;
    total += *number * unit;
  }
  if (total > kMost) return std::nullopt;
  return std::chrono::nanoseconds(std::llround(total));
}

std::string ip_text(std::string_view bytes) {
  const bool is_v4 = bytes.size() == sizeof(in_addr);
  if (!is_v4 && bytes.size() != sizeof(in6_addr)) return {};
  std::array<char, INET6_ADDRSTRLEN> text;
  ::inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string unescape_octal(std::string_view text) {
  const auto digit = [&](std::size_t i, char most) {
    return i < text.size() && text[i] >= '0' && text[i] <= most;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && digit(i + 1, '3') && digit(i + 2, '7') && digit(i + 3, '7')) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
}

std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_utf8(out, text);
  return out;
}

}  // namespace hx
