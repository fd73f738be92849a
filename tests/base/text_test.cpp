// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <doctest/doctest.h>

#include <vector>

namespace hx::test {
namespace {

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> all;
  std::string_view line;
  while (next_line(text, line)) all.emplace_back(line);
  return all;
}

std::vector<std::string> fields(std::string_view text) {
  std::vector<std::string> all;
  for (auto field = next_field(text); !field.empty(); field = next_field(text)) {
    all.emplace_back(field);
  }
  return all;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("text: lines end at a newline or at the end") {
  CHECK(lines("") == Strings{});
  CHECK(lines("\n") == Strings{""});
  CHECK(lines("a\n\nb") == Strings{"a", "", "b"});
  CHECK(lines("a\r\n") == Strings{"a\r"});
}

TEST_CASE("text: fields are what stands between blanks and tabs") {
  CHECK(fields("") == Strings{});
  CHECK(fields(" \t ") == Strings{});
  CHECK(fields("  a\t b c  ") == Strings{"a", "b", "c"});
}

TEST_CASE("text: cut takes what stands before the separator") {
  std::string_view rest = "a:b:";
  CHECK(cut(rest, ':') == "a");
  CHECK(cut(rest, ':') == "b");
  CHECK(rest.empty());
  CHECK(cut(rest, ':').empty());
}

TEST_CASE("text: trim takes white space of every kind from both ends") {
  CHECK(trim(" \t\r\n a b \v\f") == "a b");
  CHECK(trim("\n").empty());
  CHECK(trim("").empty());
}

TEST_CASE("text: a number is the whole text or nothing") {
  CHECK(to_u64("18446744073709551615") == 18446744073709551615U);
  CHECK(to_i64("-9223372036854775808") == INT64_MIN);
  CHECK(to_double("1e-3") == 0.001);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "18446744073709551616", "a"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(to_u64(text));
  }
  for (const char* text : {"", "1,5", " 1", "1e999", "--1", "abc"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(to_double(text));
  }
}

TEST_CASE("text: each bad byte becomes one replacement character, as in Go") {
  constexpr const char* kBad = "\xEF\xBF\xBD";
  const auto bad = [&](int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += kBad;
    return out;
  };
  CHECK(to_utf8("plain") == "plain");
  CHECK(to_utf8("\xE2\x82\xAC") == "\xE2\x82\xAC");
  CHECK(to_utf8("a\xFF"
                "b") == "a" + bad(1) + "b");
  CHECK(to_utf8("\xC0\x80") == bad(2));          // overlong
  CHECK(to_utf8("\xE0\x9F\xBF") == bad(3));      // overlong
  CHECK(to_utf8("\xED\xA0\x80") == bad(3));      // a surrogate
  CHECK(to_utf8("\xF4\x90\x80\x80") == bad(4));  // beyond U+10FFFF
  CHECK(to_utf8("\xE2\x82") == bad(2));          // cut off
  CHECK(to_utf8("\xE2\x82x") == bad(2) + "x");
  CHECK(is_utf8(to_utf8(std::string(1000, '\x80'))));
}

TEST_CASE("text: a hexadecimal number is all of the text, without a prefix") {
  CHECK(hex_to_u64("0") == 0U);
  CHECK(hex_to_u64("00fF") == 255U);
  CHECK(hex_to_u64("ffffffffffffffff") == 18446744073709551615U);
  for (const auto* text : {"", "0x1", "-1", " 1", "1 ", "g", "10000000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(hex_to_u64(text));
  }
}

TEST_CASE("text: durations are sums of numbers with units") {
  using namespace std::chrono_literals;
  CHECK(to_duration("5s") == 5s);
  CHECK(to_duration("1m30s") == 90s);
  CHECK(to_duration("1.5h") == 90min);
  CHECK(to_duration("250ms") == 250ms);
  CHECK(to_duration("3us2ns") == 3002ns);
  CHECK(to_duration("0") == 0s);
  for (const std::string_view text :
       {"", "5", "s", "5 s", "-5s", "5x", "5s5", "1..5s", ".s", "1e3s", "99999999999999999999h"}) {
    CAPTURE(text);
    CHECK_FALSE(to_duration(text));
  }
}

TEST_CASE("text: an address is told by its length, and nothing else is one") {
  CHECK(ip_text("\xC0\x01\x02\x03") == "192.1.2.3");
  CHECK(ip_text(std::string("\x20\x01", 2) + std::string(13, '\0') + '\1') == "2001::1");
  CHECK(ip_text("").empty());
  CHECK(ip_text("\xC0\x01\x02").empty());
}

TEST_CASE("text: octal escapes become characters, anything else stays") {
  CHECK(unescape_octal("/my\\040disk\\011\\012\\134040") == "/my disk\t\n\\040");
  CHECK(unescape_octal("a\\04") == "a\\04");
  CHECK(unescape_octal("\\400\\089\\") == "\\400\\089\\");
  CHECK(unescape_octal("").empty());
}

}  // namespace hx::test
