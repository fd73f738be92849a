// SPDX-License-Identifier: Apache-2.0
// Text in quotes on one line, and characters, as Go's strconv and unicode packages see them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hx {

// The first character of valid or invalid UTF-8: U+FFFD of length 1 for a bad byte, length 0 at the
// end.
struct Rune {
  char32_t value = 0;
  std::size_t length = 0;
};
Rune next_rune(std::string_view text) noexcept;
void append_rune(std::string& out, char32_t rune);  // U+FFFD for what is no character
std::size_t count_runes(std::string_view text) noexcept;

// Letters, marks, numbers, punctuation, symbols and the ASCII blank. Code points that Unicode has
// not assigned count as printable: we carry no table of them.
bool is_printable(char32_t rune) noexcept;

// strconv.Quote; `ascii` escapes all else (QuoteToASCII). `mark` is the quotation mark.
std::string quote(std::string_view text, bool ascii = false, char mark = '"');

// strconv.Unquote for "..." and `...`; nothing if malformed.
std::optional<std::string> unquote(std::string_view literal);
// The character of a Go literal 'x'.
std::optional<char32_t> unquote_char(std::string_view literal);

}  // namespace hx
