// SPDX-License-Identifier: Apache-2.0
#include "process/pattern.h"

#include <re2/re2.h>

#include "base/text.h"
#include "process/quote.h"

namespace hx {
namespace {

// RE2 refuses what Go accepts (two groups of one name, in releases before 2023 also `(?<name>`) and
// accepts what Go refuses (`\C`). So each named group is renamed to its number among the named
// ones, and names are kept aside.
struct Renamed {
  std::string text;
  std::vector<std::string> names;
};

constexpr std::string_view kPrefix = "g";  // a name must not be all digits for old releases

bool is_word(char c) noexcept {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Length of the bracket expression at the start of `text`; what is malformed is left to RE2.
std::size_t class_length(std::string_view text) noexcept {
  std::size_t i = 1;
  if (i < text.size() && text[i] == '^') ++i;
  if (i < text.size() && text[i] == ']') ++i;  // a literal at this place
  while (i < text.size() && text[i] != ']') {
    if (text[i] == '\\') {
      i += 2;
    } else if (text.substr(i, 2) == "[:" && text.find(":]", i + 2) != std::string_view::npos) {
      i = text.find(":]", i + 2) + 2;
    } else {
      ++i;
    }
  }
  return std::min(i + 1, text.size());
}

// Length of what follows `\` and belongs to it, the backslash included: \Q...\E is one escape.
std::size_t escape_length(std::string_view text) noexcept {
  if (text.substr(0, 2) != "\\Q") return std::min<std::size_t>(2, text.size());
  const auto end = text.find("\\E");
  return end == std::string_view::npos ? text.size() : end + 2;
}

// Length of the head "(?P<name>" or "(?<name>" at the start of `text`, 0 for anything else.
std::size_t group_head(std::string_view text, std::string_view& name) noexcept {
  const std::size_t start = text.substr(0, 4) == "(?P<" ? 4 : text.substr(0, 3) == "(?<" ? 3 : 0;
  if (start == 0) return 0;
  std::size_t end = start;
  while (end < text.size() && is_word(text[end])) ++end;
  if (end == start || end == text.size() || text[end] != '>') return 0;
  name = text.substr(start, end - start);
  return end + 1;
}

// Go's bound; RE2 has none of its own and would answer with memory.
constexpr int kMaxNesting = 999;

Result<Renamed> rename_groups(std::string_view text) {
  Renamed out;
  int depth = 0;
  while (!text.empty()) {
    if (text[0] == '(' && ++depth > kMaxNesting) return Error{0, "expression nests too deeply"};
    if (text[0] == ')') --depth;
    std::size_t length = 1;
    std::string_view name;
    if (text[0] == '\\') {
      if (text.substr(0, 2) == "\\C") return Error{0, "\\C is not supported"};
      length = escape_length(text);
    } else if (text[0] == '[') {
      length = class_length(text);
    } else if (const auto head = group_head(text, name); head != 0) {
      out.text.append("(?P<").append(kPrefix).append(std::to_string(out.names.size())).append(">");
      out.names.emplace_back(name);
      text.remove_prefix(head);
      continue;
    } else if (text.substr(0, 4) == "(?P<") {
      return Error{0, "invalid named capture"};  // newer RE2 would take letters outside ASCII
    }
    out.text.append(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

RE2::Options options_like_go() {
  RE2::Options options;
  options.set_log_errors(false);
  // Go bounds programs by nesting of repeats only: leave room for what passes there. It is an upper
  // bound of the automaton's cache as well, which is filled as needed.
  options.set_max_mem(std::int64_t{64} << 20);
  return options;
}

Error invalid(std::string_view text, std::string_view why) {
  return {0, "invalid regular expression " + quote(text) + ": " + std::string(why)};
}

// RE2's message ends in the faulty piece, which for renamed groups is not the user's text.
std::string reason(const RE2& regex, bool renamed) {
  std::string why = regex.error();
  const std::string tail = ": " + regex.error_arg();
  if (why.size() > tail.size() && why.compare(why.size() - tail.size(), tail.size(), tail) == 0) {
    why.resize(why.size() - tail.size());
  }
  if (!renamed && !regex.error_arg().empty()) why += " in " + quote(regex.error_arg());
  return why;
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> regex, std::vector<std::string> names)
    : regex_(std::move(regex)), names_(std::move(names)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view text) {
  if (!is_utf8(text)) return invalid(text, "invalid UTF-8");
  const auto renamed = rename_groups(text);
  if (!renamed) return invalid(text, renamed.error().what);
  auto regex = std::make_unique<RE2>(renamed->text, options_like_go());
  if (!regex->ok()) return invalid(text, reason(*regex, !renamed->names.empty()));

  std::vector<std::string> names(static_cast<std::size_t>(regex->NumberOfCapturingGroups()) + 1);
  for (const auto& [number, name] : regex->CapturingGroupNames()) {
    const auto index = to_u64(std::string_view(name).substr(kPrefix.size()));
    names[static_cast<std::size_t>(number)] = renamed->names[index.value_or(0)];
  }
  return Pattern(std::move(regex), std::move(names));
}

bool Pattern::search(std::string_view subject, Matches& out) const {
  std::vector<re2::StringPiece> found(names_.size());
  if (!regex_->Match(subject, 0, subject.size(), RE2::UNANCHORED, found.data(),
                     static_cast<int>(found.size()))) {
    return false;
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    out[names_[i]].assign(found[i].data() == nullptr ? "" : found[i].data(), found[i].size());
  }
  return true;
}

std::optional<std::string> Pattern::first_capture(std::string_view subject) const {
  std::vector<re2::StringPiece> found(names_.size());
  if (!regex_->Match(subject, 0, subject.size(), RE2::UNANCHORED, found.data(),
                     static_cast<int>(found.size()))) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (!found[i].empty()) return std::string(found[i].data(), found[i].size());
  }
  return std::nullopt;
}

}  // namespace hx
