// SPDX-License-Identifier: Apache-2.0
#include "metrics/family_names.h"

#include <unordered_set>

namespace hx {
namespace {

constexpr std::string_view kHelp = "# HELP ";

// Where the next family begins at or after `at`, or npos. Each has a line of help at its front, and
// a label value cannot hold the end of a line.
std::size_t find_family(std::string_view text, std::size_t at) noexcept {
  while ((at = text.find(kHelp, at)) != std::string_view::npos) {
    if (at == 0 || text[at - 1] == '\n') return at;
    ++at;
  }
  return at;
}

}  // namespace

void each_family(std::string_view text,
                 const std::function<void(std::string_view name, std::string_view family)>& visit) {
  for (auto at = find_family(text, 0); at != std::string_view::npos;) {
    const auto end = find_family(text, at + 1);
    const auto family = text.substr(at, end == std::string_view::npos ? end : end - at);
    const auto name = family.substr(kHelp.size());
    visit(name.substr(0, name.find(' ')), family);
    at = end;
  }
}

std::string drop_families(std::string& text, std::span<const std::string_view> others) {
  std::unordered_set<std::string_view> ours, repeated;
  each_family(text, [&](std::string_view name, std::string_view) { ours.insert(name); });
  for (const auto other : others) {
    each_family(other, [&](std::string_view name, std::string_view) {
      if (ours.contains(name)) repeated.insert(name);
    });
  }
  if (repeated.empty()) return {};
  std::string kept, dropped;
  each_family(text, [&](std::string_view name, std::string_view family) {
    if (repeated.contains(name)) {
      dropped += (dropped.empty() ? "" : ", ") + std::string(name);
    } else {
      kept += family;
    }
  });
  text = std::move(kept);
  return dropped;
}

}  // namespace hx
