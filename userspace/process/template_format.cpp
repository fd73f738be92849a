// SPDX-License-Identifier: Apache-2.0
// The half of Go's fmt that a directive of printf leads to; see template_printf.cpp for the rest.
#include "process/template_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <utility>

#include "process/quote.h"
#include "process/template_fields.h"
#include "process/template_printer.h"

namespace hx::tmpl {
namespace {

// strconv.FormatFloat(value, 'g', -1, 64): the fewest digits that read back as the same number.
std::string shortest(double value, bool upper) {
  std::array<char, 32> buffer{};
  const auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                        std::chars_format::scientific);
  const std::string_view text(buffer.data(),
                              static_cast<std::size_t>(scientific.ptr - buffer.data()));
  int exponent = 0;
  const auto e = text.find('e');
  if (e != std::string_view::npos) {
    const char* digits = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
    std::from_chars(digits, text.data() + text.size(), exponent);
  }
  constexpr int kFixedBelow = 6;
  if (exponent >= -4 && exponent < kFixedBelow) {
    std::array<char, 64> fixed{};
    const auto end =
        std::to_chars(fixed.data(), fixed.data() + fixed.size(), value, std::chars_format::fixed);
    return {fixed.data(), end.ptr};
  }
  std::string out(text);
  if (upper) std::replace(out.begin(), out.end(), 'e', 'E');
  return out;
}

std::string digits_of(std::uint64_t value, int base, bool upper) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base);
  std::string out(buffer.data(), end.ptr);
  if (upper) {
    for (char& c : out) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

int base_of(char32_t verb) noexcept {
  switch (verb) {
    case 'b': return 2;
    case 'o':
    case 'O': return 8;
    case 'x':
    case 'X': return 16;
    default: return 10;
  }
}

bool is_one_of(char32_t verb, std::string_view verbs) noexcept {
  return verb < 0x80 && verbs.find(static_cast<char>(verb)) != std::string_view::npos;
}

std::string quote_rune(char32_t rune, bool ascii) {
  std::string text;
  append_rune(text, rune);
  return quote(text, ascii, '\'');
}

bool can_backquote(std::string_view text) noexcept {
  for (; !text.empty(); text.remove_prefix(next_rune(text).length)) {
    const Rune rune = next_rune(text);
    if (rune.value == 0xFEFF || (rune.value == 0xFFFD && rune.length == 1)) return false;
    if ((rune.value < ' ' && rune.value != '\t') || rune.value == '`' || rune.value == 0x7F)
      return false;
  }
  return true;
}

}  // namespace

void Printer::pad(std::string_view text) {
  const std::size_t runes = spec_.width ? count_runes(text) : 0;
  const std::size_t fill = spec_.width && *spec_.width > runes ? *spec_.width - runes : 0;
  if (out_.size() + text.size() + fill > limit_) {
    failed_ = true;
    return;
  }
  if (!spec_.minus) out_.append(fill, spec_.zero ? '0' : ' ');
  out_.append(text);
  if (spec_.minus) out_.append(fill, ' ');
}

void Printer::pad_with_blanks(std::string_view text) {
  const bool zero = std::exchange(spec_.zero, false);
  pad(text);
  spec_.zero = zero;
}

void Printer::bad_verb(const Value& value, char32_t verb) {
  out_ += "%!";
  append_rune(out_, verb);
  out_ += '(';
  if (as<None>(value)) {
    out_ += "<nil>";
  } else {
    out_.append(type_name(value)).append("=");
    print(value, 'v');
  }
  out_ += ')';
}

void Printer::print(const Value& value, char32_t verb) {
  if (failed_) return;
  if (verb == 'T') {
    failed_ = failed_ || as<Root>(value) != nullptr;
    return pad(type_name(value));
  }
  if (as<None>(value)) return verb == 'v' ? pad("<nil>") : bad_verb(value, verb);
  if (const auto* flag = as<bool>(value)) {
    return is_one_of(verb, "tv") ? pad(*flag ? "true" : "false") : bad_verb(value, verb);
  }
  if (const auto* number = as<Integer>(value)) return print_integer(*number, verb);
  if (const auto* real = as<double>(value)) return print_real(*real, verb);
  if (const auto* text = as<std::string_view>(value)) return print_string(*text, verb);
  if (const auto* list = as<List>(value)) return print_list(*list, verb);
  if (const auto* map = as<const Matches*>(value)) return print_map(**map, verb);
  if (const auto* root = as<Root>(value)) return print_root(*root, verb);
  // Go prints the insides of a time for the other verbs.
  failed_ = failed_ || !is_one_of(verb, "vsxXq") || spec_.go_syntax;
  print_string(format_time(*as<Time>(value)), verb);
}

void Printer::print_integer(const Integer& number, char32_t verb) {
  if (verb == 'c' || verb == 'q' || verb == 'U') return print_rune(number, verb);
  if (!is_one_of(verb, "vdboOxX")) return bad_verb(number, verb);
  const bool negative = number.value < 0;
  const auto bits = static_cast<std::uint64_t>(number.value);
  const int base = base_of(verb);
  std::string digits = digits_of(negative ? 0 - bits : bits, base, verb == 'X');
  std::size_t least = spec_.precision.value_or(0);
  if (spec_.precision) {
    if (*spec_.precision == 0 && bits == 0) return pad_with_blanks("");
  } else if (spec_.zero && spec_.width) {
    const bool has_sign = negative || spec_.plus || spec_.space;
    least = *spec_.width - (has_sign && *spec_.width > 0 ? 1 : 0);
  }
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  if (spec_.sharp && base == 2) digits.insert(0, "0b");
  if (spec_.sharp && base == 8 && digits[0] != '0') digits.insert(0, "0");
  if (spec_.sharp && base == 16) digits.insert(0, verb == 'X' ? "0X" : "0x");
  if (verb == 'O') digits.insert(0, "0o");
  if (negative) {
    digits.insert(0, "-");
  } else if (spec_.plus) {
    digits.insert(0, "+");
  } else if (spec_.space) {
    digits.insert(0, " ");
  }
  pad_with_blanks(digits);
}

void Printer::print_rune(const Integer& number, char32_t verb) {
  const bool valid = number.value >= 0 && number.value <= 0x10FFFF;
  const char32_t rune = valid ? static_cast<char32_t>(number.value) : 0xFFFD;
  std::string text;
  if (verb == 'c') {
    append_rune(text, rune);
    return pad(text);
  }
  if (verb == 'q') return pad(quote_rune(rune, spec_.plus));
  text = digits_of(static_cast<std::uint64_t>(number.value), 16, true);
  const std::size_t least = std::max<std::size_t>(spec_.precision.value_or(4), 4);
  if (text.size() < least) text.insert(0, least - text.size(), '0');
  text.insert(0, "U+");
  if (spec_.sharp && valid && is_printable(rune)) {
    text += " '";
    append_rune(text, rune);
    text += '\'';
  }
  pad_with_blanks(text);
}

void Printer::print_real(double real, char32_t verb) {
  if (is_one_of(verb, "bxX") || spec_.sharp) {
    failed_ = true;  // hexadecimal and other forms of which a name has no use
    return;
  }
  if (!is_one_of(verb, "vgGeEfF")) return bad_verb(real, verb);
  std::string text;
  if (is_one_of(verb, "vgG") && !spec_.precision) {
    text = shortest(real, verb == 'G');
  } else {
    const char kind = verb == 'v' ? 'g' : static_cast<char>(verb);
    const std::array<char, 5> format = {'%', '.', '*', kind, '\0'};
    const int precision = static_cast<int>(spec_.precision.value_or(6));
    const int length = std::snprintf(nullptr, 0, format.data(), precision, real);
    if (length < 0 || static_cast<std::size_t>(length) > limit_) {
      failed_ = true;
      return;
    }
    text.resize(static_cast<std::size_t>(length) + 1);
    std::snprintf(text.data(), text.size(), format.data(), precision, real);
    text.pop_back();
  }
  const bool has_sign = text[0] == '-';
  if (!has_sign && (spec_.plus || spec_.space)) text.insert(0, spec_.plus ? "+" : " ");
  if (spec_.zero && spec_.width && text.size() < *spec_.width && (text[0] < '0' || text[0] > '9')) {
    text.insert(1, *spec_.width - text.size(), '0');
  }
  pad(text);
}

void Printer::print_string(std::string_view text, char32_t verb) {
  if (is_one_of(verb, "xX")) return print_hex(text, verb == 'X');
  if (!is_one_of(verb, "vsq")) return bad_verb(text, verb);
  if (spec_.precision) {
    std::size_t end = 0;
    for (std::size_t n = 0; n < *spec_.precision && end < text.size(); ++n) {
      end += next_rune(text.substr(end)).length;
    }
    text = text.substr(0, end);
  }
  if (verb != 'q' && !(verb == 'v' && spec_.go_syntax)) return pad(text);
  if (text.size() > limit_) {
    failed_ = true;
  } else if (spec_.sharp && can_backquote(text)) {
    pad("`" + std::string(text) + "`");
  } else {
    pad(quote(text, spec_.plus));
  }
}

void Printer::print_hex(std::string_view text, bool upper) {
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  if (spec_.precision) text = text.substr(0, *spec_.precision);
  if (text.size() > limit_) {
    failed_ = true;
    return;
  }
  std::string out;
  for (const char c : text) {
    if (spec_.space && !out.empty()) out += ' ';
    if (spec_.sharp && (spec_.space || out.empty())) out += upper ? "0X" : "0x";
    const auto byte = static_cast<unsigned char>(c);
    out.append({digits[byte >> 4U], digits[byte & 15U]});
  }
  pad(out);
}

void Printer::print_list(List list, char32_t verb) {
  const bool go = verb == 'v' && spec_.go_syntax;
  out_ += go ? "[]string{" : "[";
  for (std::size_t i = 0; i < list.size() && !failed_; ++i) {
    if (i > 0) out_ += go ? ", " : " ";
    print(std::string_view(list[i]), verb);
  }
  out_ += go ? '}' : ']';
}

void Printer::print_map(const Matches& map, char32_t verb) {
  const bool go = verb == 'v' && spec_.go_syntax;
  out_ += go ? "map[string]string{" : "map[";
  std::string_view separator;
  for (const auto& [key, text] : map) {
    out_ += separator;
    print(std::string_view(key), verb);
    out_ += ':';
    print(std::string_view(text), verb);
    separator = go ? ", " : " ";
  }
  out_ += go ? '}' : ']';
}

void Printer::print_root(const Root& root, char32_t verb) {
  failed_ = failed_ || (verb == 'v' && spec_.go_syntax);
  out_ += '{';
  std::string_view separator;
  for (const Field& field : fields().first(kUpstreamFields)) {
    out_ += separator;
    if (verb == 'v' && spec_.field_names) out_.append(field.name).append(":");
    print(field.read(root), verb);
    separator = " ";
  }
  out_ += '}';
}

std::string format_time(Time time) {
  using namespace std::chrono;
  const sys_time<nanoseconds> instant{nanoseconds(time.ns)};
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss clock(instant - day);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u %02d:%02d:%02d.%09d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  std::string out(buffer.data());
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out + " +0000 UTC";
}

}  // namespace hx::tmpl
