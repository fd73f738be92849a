// SPDX-License-Identifier: Apache-2.0
// The format string of printf, after doPrintf of Go's fmt.
#include <algorithm>
#include <limits>
#include <utility>

#include "process/quote.h"
#include "process/template_format.h"
#include "process/template_printer.h"

namespace hx::tmpl {
namespace {

constexpr std::size_t kMaxNumber = 1'000'000;  // Go's bound of widths, precisions and indexes

class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> args, std::size_t limit)
      : rest_(format), args_(args), printer_(limit) {}

  std::optional<std::string> run() {
    while (!rest_.empty() && !printer_.failed()) {
      const auto percent = std::min(rest_.find('%'), rest_.size());
      printer_.out().append(rest_.substr(0, percent));
      rest_.remove_prefix(percent);
      if (!rest_.empty()) directive();
    }
    if (!reordered_ && next_ < args_.size()) extra_arguments();
    if (printer_.failed()) return std::nullopt;
    return std::move(printer_.out());
  }

 private:
  void directive() {
    rest_.remove_prefix(1);
    printer_.spec() = {};
    good_index_ = true;
    after_index_ = false;
    flags();
    index();
    width();
    precision();
    if (!after_index_) index();
    if (rest_.empty()) {
      printer_.out() += "%!(NOVERB)";
      return;
    }
    const Rune verb = next_rune(rest_);
    rest_.remove_prefix(verb.length);
    if (verb.value == '%') {
      printer_.out() += '%';
    } else if (!good_index_) {
      complain(verb.value, "(BADINDEX)");
    } else if (next_ >= args_.size()) {
      complain(verb.value, "(MISSING)");
    } else {
      Spec& spec = printer_.spec();
      if (verb.value == 'v') {
        spec.go_syntax = std::exchange(spec.sharp, false);
        spec.field_names = std::exchange(spec.plus, false);
      }
      print(args_[next_++], verb.value);
    }
  }

  // Go passes a pointer to the process.
  void print(const Value& value, char32_t verb) {
    if (as<Root>(value)) printer_.out() += '&';
    printer_.print(value, verb);
  }

  void complain(char32_t verb, std::string_view what) {
    printer_.out() += "%!";
    append_rune(printer_.out(), verb);
    printer_.out() += what;
  }

  void flags() {
    Spec& spec = printer_.spec();
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      switch (rest_[0]) {
        case '#': spec.sharp = true; break;
        case '0': spec.zero = !spec.minus; break;
        case '+': spec.plus = true; break;
        case '-':
          spec.minus = true;
          spec.zero = false;
          break;
        case ' ': spec.space = true; break;
        default: return;
      }
    }
  }

  // Digits at the front. A number beyond Go's bound swallows the rest of the format, as there.
  std::optional<std::size_t> number() {
    std::size_t value = 0;
    std::size_t length = 0;
    while (length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9') {
      value = value * 10 + static_cast<std::size_t>(rest_[length++] - '0');
      if (value > kMaxNumber) {
        rest_ = {};
        return std::nullopt;
      }
    }
    rest_.remove_prefix(length);
    return length > 0 ? std::optional(value) : std::nullopt;
  }

  // "[n]" makes n the next argument, counted from one.
  void index() {
    if (rest_.empty() || rest_[0] != '[') {
      after_index_ = false;
      return;
    }
    reordered_ = true;
    const auto close = rest_.find(']');
    if (close == std::string_view::npos) {
      good_index_ = false;
      after_index_ = false;
      rest_.remove_prefix(1);
      return;
    }
    std::string_view inside = rest_.substr(1, close - 1);
    const auto after = rest_.substr(close + 1);
    rest_ = inside;
    const auto value = number();
    const bool is_number = value && rest_.empty();
    rest_ = after;
    after_index_ = is_number;
    if (is_number && *value >= 1 && *value <= args_.size()) {
      next_ = *value - 1;
      after_index_ = true;
    } else {
      good_index_ = false;
      after_index_ = is_number;
    }
  }

  // The argument for a star.
  std::optional<std::int64_t> star() {
    rest_.remove_prefix(1);
    after_index_ = false;
    if (next_ >= args_.size()) return std::nullopt;
    const auto* number = as<Integer>(args_[next_++]);
    constexpr auto kMax = static_cast<std::int64_t>(kMaxNumber);
    if (number == nullptr || number->value > kMax || number->value < -kMax) return std::nullopt;
    return number->value;
  }
  bool at_star() const noexcept { return !rest_.empty() && rest_[0] == '*'; }

  void width() {
    Spec& spec = printer_.spec();
    if (!at_star()) {
      spec.width = number();
      if (after_index_ && spec.width) good_index_ = false;  // "%[3]2d"
      return;
    }
    const auto value = star();
    if (!value) {
      printer_.out() += "%!(BADWIDTH)";
      return;
    }
    spec.width = static_cast<std::size_t>(*value < 0 ? -*value : *value);
    if (*value < 0) {
      spec.minus = true;
      spec.zero = false;
    }
  }

  void precision() {
    if (rest_.empty() || rest_[0] != '.') return;
    rest_.remove_prefix(1);
    if (after_index_) good_index_ = false;  // "%[3].2d"
    index();
    Spec& spec = printer_.spec();
    if (!at_star()) {
      spec.precision = number().value_or(0);
      return;
    }
    const auto value = star();
    if (value && *value >= 0) {
      spec.precision = static_cast<std::size_t>(*value);
    } else {
      printer_.out() += "%!(BADPREC)";
    }
  }

  void extra_arguments() {
    printer_.spec() = {};
    printer_.out() += "%!(EXTRA ";
    for (std::size_t i = next_; i < args_.size(); ++i) {
      if (i > next_) printer_.out() += ", ";
      if (!as<None>(args_[i])) {
        printer_.print(args_[i], 'T');
        printer_.out() += '=';
      }
      print(args_[i], 'v');
    }
    printer_.out() += ')';
  }

  std::string_view rest_;
  std::span<const Value> args_;
  Printer printer_;
  std::size_t next_ = 0;
  bool good_index_ = true;
  bool after_index_ = false;
  bool reordered_ = false;
};

enum class Joining { kSprint, kSprintln, kAsValues };

std::string join(std::span<const Value> args, Joining how) {
  std::string out;
  bool string_before = true;
  for (const Value& arg : args) {
    const bool as_value = how == Joining::kAsValues;
    // "<no value>" is a string, "<nil>" is not.
    const bool is_string = as<std::string_view>(arg) || (as_value && as<None>(arg));
    const bool apart = how == Joining::kSprintln || (!is_string && !string_before);
    if (&arg != args.data() && apart) out += ' ';
    if (as<Root>(arg) && !as_value) out += '&';
    if (as<None>(arg) && !as_value) {
      out += "<nil>";
    } else {
      append_value(out, arg);
    }
    string_before = is_string;
  }
  return out;
}

}  // namespace

void append_value(std::string& out, const Value& value) {
  if (as<None>(value)) {
    out += "<no value>";
    return;
  }
  Printer printer(std::numeric_limits<std::size_t>::max());
  printer.print(value, 'v');
  out += printer.out();
}

std::string sprint(std::span<const Value> args) { return join(args, Joining::kSprint); }
std::string sprintln(std::span<const Value> args) { return join(args, Joining::kSprintln) + '\n'; }
std::string sprint_as_values(std::span<const Value> args) { return join(args, Joining::kAsValues); }

std::optional<std::string> sprintf(std::string_view format, std::span<const Value> args,
                                   std::size_t limit) {
  return Formatter(format, args, limit).run();
}

}  // namespace hx::tmpl
