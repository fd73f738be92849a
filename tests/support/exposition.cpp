// SPDX-License-Identifier: Apache-2.0
#include "support/exposition.h"

#include <re2/re2.h>

#include <set>

#include "base/text.h"

namespace hx::test {
namespace {

// Histograms are named by their family: its suffixes are cut off.
std::string_view family_of(std::string_view name, std::string_view family) {
  const auto suffix = name.substr(std::min(name.size(), family.size()));
  const bool belongs =
      name.starts_with(family) && (suffix == "_bucket" || suffix == "_sum" || suffix == "_count");
  return belongs ? family : name;
}

class Checker {
 public:
  bool accepts(std::string_view line) {
    std::string name, labels, kind;
    if (RE2::FullMatch(line, kComment, &kind, &name)) {
      if (kind == "HELP") begin(name);
      return name == family_ && is_new_;
    }
    if (!RE2::FullMatch(line, kSample, &name, &labels)) return false;
    return family_of(name, family_) == family_ && is_new_ && series_.insert(name + labels).second;
  }

 private:
  void begin(const std::string& name) {
    family_ = name;
    is_new_ = families_.insert(name).second;
  }

  inline static const RE2 kComment{R"(# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) [^\n]*)"};
  inline static const RE2 kSample{R"(([a-zA-Z_:][a-zA-Z0-9_:]*))"
                                  R"((\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:\\[\\"n]|[^\\"\n])*",?)+\})?)"
                                  R"( (?:NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?))"};

  std::string family_;
  bool is_new_ = false;
  std::set<std::string> families_, series_;
};

}  // namespace

std::string bad_exposition_line(std::string_view text) {
  if (!is_utf8(text)) return "(not UTF-8)";
  if (!text.empty() && text.back() != '\n') return "(no line feed at the end)";
  Checker checker;
  std::string_view line;
  while (next_line(text, line)) {
    if (!checker.accepts(line)) return line.empty() ? "(empty line)" : std::string(line);
  }
  return {};
}

}  // namespace hx::test
