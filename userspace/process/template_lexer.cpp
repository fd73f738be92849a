// SPDX-License-Identifier: Apache-2.0
#include "process/template_lexer.h"

#include <algorithm>
#include <array>

#include "process/quote.h"

namespace hx::tmpl {
namespace {

constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";
constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::size_t kMarkerLength = 2;  // "- " or " -"
constexpr std::array<std::string_view, 10> kKeywords = {
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"};

bool is_space(char c) noexcept { return kSpaces.find(c) != std::string_view::npos; }

// Go asks Unicode for letters and digits; any printable character outside ASCII will do here, since
// no field or function has one.
bool is_alphanumeric(char32_t rune) noexcept {
  return rune == '_' || (rune >= '0' && rune <= '9') || (rune >= 'a' && rune <= 'z') ||
         (rune >= 'A' && rune <= 'Z') || (rune >= 0x80 && is_printable(rune));
}

bool starts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.substr(0, prefix.size()) == prefix;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : rest_(source) {}

  Result<std::vector<Token>> run() {
    while (ok() && !rest_.empty()) {
      text();
      if (ok() && !rest_.empty()) action();
    }
    if (!ok()) return Error{0, failure_};
    tokens_.push_back({});
    return std::move(tokens_);
  }

 private:
  bool ok() const noexcept { return failure_.empty(); }
  void fail(std::string why) { failure_ = std::move(why); }
  void fail_at(std::string_view what, std::string_view where) {
    fail(std::string(what) + " " + quote(where.substr(0, next_rune(where).length)));
  }

  void emit(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, rest_.substr(0, length)});
    rest_.remove_prefix(length);
  }
  void skip_spaces() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpaces), rest_.size()));
  }

  // Everything up to the next action, which may trim it.
  void text() {
    const auto at = std::min(rest_.find(kLeft), rest_.size());
    std::string_view text = rest_.substr(0, at);
    rest_.remove_prefix(at);
    if (has_left_marker(rest_.substr(std::min(kLeft.size(), rest_.size())))) {
      text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
    }
    if (!text.empty()) tokens_.push_back({TokenKind::kText, text});
  }

  static bool has_left_marker(std::string_view text) noexcept {
    return text.size() >= kMarkerLength && text[0] == '-' && is_space(text[1]);
  }
  // Length of the closing delimiter with its trim marker, 0 if there is none here.
  static std::size_t right_delim(std::string_view text) noexcept {
    if (starts_with(text, kRight)) return kRight.size();
    if (text.size() >= kMarkerLength && is_space(text[0]) && text[1] == '-' &&
        starts_with(text.substr(kMarkerLength), kRight)) {
      return kMarkerLength + kRight.size();
    }
    return 0;
  }
  bool closes() {
    const auto length = right_delim(rest_);
    if (length == 0) return false;
    emit(TokenKind::kRightDelim, length);
    if (length > kRight.size()) skip_spaces();
    return true;
  }

  void action() {
    emit(TokenKind::kLeftDelim, kLeft.size());
    if (has_left_marker(rest_)) rest_.remove_prefix(kMarkerLength);
    if (starts_with(rest_, "/*")) {
      tokens_.pop_back();
      comment();
      return;
    }
    int parens = 0;
    while (ok()) {
      if (parens == 0 && closes()) return;
      if (right_delim(rest_) != 0) return fail("unclosed left paren");
      inside(parens);
    }
  }

  void comment() {
    const auto end = rest_.find("*/");
    if (end == std::string_view::npos) return fail("unclosed comment");
    rest_.remove_prefix(end + 2);
    if (!closes()) return fail("comment ends before closing delimiter");
    tokens_.pop_back();
  }

  void inside(int& parens) {
    if (rest_.empty()) return fail("unclosed action");
    const char c = rest_[0];
    if (is_space(c)) return space();
    if (c == '.' && !(rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '9')) {
      return name(TokenKind::kField, TokenKind::kDot);
    }
    if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) return number();
    switch (c) {
      case '=': return emit(TokenKind::kAssign, 1);
      case ':':
        return starts_with(rest_, ":=") ? emit(TokenKind::kDeclare, 2) : fail("expected :=");
      case '|': return emit(TokenKind::kPipe, 1);
      case '"': return quoted(TokenKind::kString, "unterminated quoted string");
      case '\'': return quoted(TokenKind::kChar, "unterminated character constant");
      case '`': return raw();
      case '$': return name(TokenKind::kVariable, TokenKind::kVariable);
      case '(': ++parens; return emit(TokenKind::kLeftParen, 1);
      case ')':
        if (--parens < 0) return fail("unexpected right paren");
        return emit(TokenKind::kRightParen, 1);
      default: break;
    }
    if (is_alphanumeric(next_rune(rest_).value)) return identifier();
    if (c < ' ' || c > '~') return fail_at("unrecognized character in action", rest_);
    emit(TokenKind::kPunctuation, 1);
  }

  // The last blank may belong to a trim marker.
  void space() {
    std::size_t length = 0;
    while (length < rest_.size() && is_space(rest_[length])) ++length;
    if (right_delim(rest_.substr(length - 1)) != 0) --length;
    if (length > 0) emit(TokenKind::kSpace, length);
  }

  std::size_t alphanumerics(std::size_t from) const noexcept {
    std::size_t end = from;
    for (Rune rune = next_rune(rest_.substr(end)); rune.length > 0 && is_alphanumeric(rune.value);
         rune = next_rune(rest_.substr(end))) {
      end += rune.length;
    }
    return end;
  }

  bool is_terminated(std::size_t end) const noexcept {
    if (end == rest_.size()) return true;
    return is_space(rest_[end]) ||
           std::string_view(".,|:)(").find(rest_[end]) != std::string_view::npos ||
           starts_with(rest_.substr(end), kRight);
  }

  // .Field or $variable; `bare` for the first character alone.
  void name(TokenKind kind, TokenKind bare) {
    const auto end = alphanumerics(1);
    if (!is_terminated(end)) return fail_at("bad character", rest_.substr(end));
    emit(end == 1 ? bare : kind, end);
  }

  void identifier() {
    const auto end = alphanumerics(0);
    if (!is_terminated(end)) return fail_at("bad character", rest_.substr(end));
    const auto word = rest_.substr(0, end);
    TokenKind kind = TokenKind::kIdentifier;
    if (word == "true" || word == "false") kind = TokenKind::kBool;
    if (word == "nil") kind = TokenKind::kNil;
    if (std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end()) {
      kind = TokenKind::kKeyword;
    }
    emit(kind, end);
  }

  void quoted(TokenKind kind, const char* unterminated) {
    std::size_t i = 1;
    while (i < rest_.size() && rest_[i] != rest_[0] && rest_[i] != '\n') {
      i += rest_[i] == '\\' && i + 1 < rest_.size() && rest_[i + 1] != '\n' ? 2 : 1;
    }
    if (i >= rest_.size() || rest_[i] == '\n') return fail(unterminated);
    emit(kind, i + 1);
  }

  void raw() {
    const auto end = rest_.find('`', 1);
    if (end == std::string_view::npos) return fail("unterminated raw quoted string");
    emit(TokenKind::kRawString, end + 1);
  }

  // Takes what looks like a number; the parser finds out whether it is one.
  void number() {
    std::size_t i = 0;
    const auto accept = [&](std::string_view set) {
      const bool found = i < rest_.size() && set.find(rest_[i]) != std::string_view::npos;
      if (found) ++i;
      return found;
    };
    const auto accept_run = [&](std::string_view set) {
      while (accept(set)) {
      }
    };
    accept("+-");
    std::string_view digits = "0123456789_";
    bool decimal = true;
    if (accept("0")) {
      if (accept("xX")) {
        digits = "0123456789abcdefABCDEF_";
        decimal = false;
      } else if (accept("oObB")) {
        decimal = false;
      }
    }
    accept_run(digits);
    if (accept(".")) accept_run(digits);
    if (accept(decimal ? "eE" : "pP")) {
      accept("+-");
      accept_run("0123456789_");
    }
    if (accept("i") || (i < rest_.size() && (rest_[i] == '+' || rest_[i] == '-'))) {
      return fail("complex numbers are not supported: " + quote(rest_.substr(0, i)));
    }
    if (is_alphanumeric(next_rune(rest_.substr(i)).value)) {
      return fail("bad number syntax: " + quote(rest_.substr(0, alphanumerics(i))));
    }
    emit(TokenKind::kNumber, i);
  }

  std::string_view rest_;
  std::vector<Token> tokens_;
  std::string failure_;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view source) { return Lexer(source).run(); }

}  // namespace hx::tmpl
