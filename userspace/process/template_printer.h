// SPDX-License-Identifier: Apache-2.0
// One directive of printf at work.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "process/template_value.h"

namespace hx::tmpl {

// Flags, width and precision of a directive, as Go's fmt keeps them.
struct Spec {
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool go_syntax = false;    // %#v
  bool field_names = false;  // %+v
  std::optional<std::size_t> width;
  std::optional<std::size_t> precision;
};

class Printer {
 public:
  explicit Printer(std::size_t limit) noexcept : limit_(limit) {}

  Spec& spec() noexcept { return spec_; }
  std::string& out() noexcept { return out_; }
  // More than the limit, or something that Go prints in a way of its own.
  bool failed() const noexcept { return failed_ || out_.size() > limit_; }

  void print(const Value& value, char32_t verb);

 private:
  void pad(std::string_view text);
  void pad_with_blanks(std::string_view text);
  void bad_verb(const Value& value, char32_t verb);
  void print_integer(const Integer& number, char32_t verb);
  void print_rune(const Integer& number, char32_t verb);
  void print_real(double real, char32_t verb);
  void print_string(std::string_view text, char32_t verb);
  void print_hex(std::string_view text, bool upper);
  void print_list(List list, char32_t verb);
  void print_map(const Matches& map, char32_t verb);
  void print_root(const Root& root, char32_t verb);

  std::size_t limit_;
  Spec spec_;
  std::string out_;
  bool failed_ = false;
};

}  // namespace hx::tmpl
