// SPDX-License-Identifier: Apache-2.0
// Views over the text of /proc and /sys: lines, fields, numbers. Nothing here allocates but what
// returns a string.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hx {

std::string_view trim(std::string_view text) noexcept;
inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

// Cuts the next line (without its '\n') off the front; false when nothing is left.
bool next_line(std::string_view& rest, std::string_view& line) noexcept;
// Cuts the next blank-separated field off the front; empty when nothing is left.
std::string_view next_field(std::string_view& rest) noexcept;
// Cuts off what stands before the first `separator`, which is dropped; the whole rest without one.
std::string_view cut(std::string_view& rest, char separator) noexcept;

// The whole of `text` as a decimal number; nothing for anything else, overflow included.
template <class Number>
std::optional<Number> to_number(std::string_view text) noexcept {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}
inline std::optional<std::uint64_t> to_u64(std::string_view text) noexcept {
  return to_number<std::uint64_t>(text);
}
inline std::optional<std::int64_t> to_i64(std::string_view text) noexcept {
  return to_number<std::int64_t>(text);
}
// Hexadecimal digits without "0x".
inline std::optional<std::uint64_t> hex_to_u64(std::string_view text) noexcept {
  std::uint64_t value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}
inline std::optional<double> to_double(std::string_view text) noexcept {
  return to_number<double>(text);
}

// A time span as Go programs take it: "5s", "1m30s", "1.5h", "0"; nothing for anything else.
std::optional<std::chrono::nanoseconds> to_duration(std::string_view text) noexcept;

// With "\040" and so on, as the kernel writes white space in its tables, made characters again.
std::string unescape_octal(std::string_view text);

// An address of the internet, of either family, from its four or sixteen bytes; empty for others.
std::string ip_text(std::string_view bytes);

// True for well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text) noexcept;
// Appends `text` with each byte that is not part of well-formed UTF-8 replaced by U+FFFD, as Go
// does when it ranges over a string.
void append_utf8(std::string& out, std::string_view text);
std::string to_utf8(std::string_view text);

}  // namespace hx
