// SPDX-License-Identifier: Apache-2.0
#include "process/cgroup_path.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hx {
namespace {

// The innermost component that `matches` turns into something.
template <class Matcher>
std::string_view innermost(std::string_view path, Matcher matches) {
  std::string_view found;
  while (!path.empty()) {
    const std::string_view part = matches(cut(path, '/'));
    if (!part.empty()) found = part;
  }
  return found;
}

bool ends_with(std::string_view text, std::string_view suffix) noexcept {
  return text.size() > suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// The kinds of systemd units that hold processes.
std::string_view unit_of(std::string_view component) noexcept {
  constexpr std::array<std::string_view, 5> kSuffixes = {".service", ".scope", ".socket", ".mount",
                                                         ".swap"};
  const bool is_unit = std::any_of(kSuffixes.begin(), kSuffixes.end(),
                                   [&](auto suffix) { return ends_with(component, suffix); });
  return is_unit ? component : std::string_view();
}

std::string_view slice_of(std::string_view component) noexcept {
  return ends_with(component, ".slice") ? component : std::string_view();
}

// "docker-<id>.scope" where systemd makes the cgroups, "<id>" where the engine does.
std::string_view container_of(std::string_view component) noexcept {
  constexpr std::array<std::string_view, 4> kPrefixes = {"docker-", "crio-", "libpod-",
                                                         "cri-containerd-"};
  constexpr std::string_view kSuffix = ".scope";
  constexpr std::size_t kIdLength = 64;
  if (ends_with(component, kSuffix)) {
    component.remove_suffix(kSuffix.size());
    const auto* prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](auto candidate) {
      return component.substr(0, candidate.size()) == candidate;
    });
    if (prefix == kPrefixes.end()) return {};
    component.remove_prefix(prefix->size());
  }
  const bool is_id = component.size() == kIdLength &&
                     component.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id ? component : std::string_view();
}

}  // namespace

std::string_view unit_in(std::string_view path) noexcept { return innermost(path, unit_of); }
std::string_view slice_in(std::string_view path) noexcept { return innermost(path, slice_of); }
std::string_view container_in(std::string_view path) noexcept {
  return innermost(path, container_of);
}

}  // namespace hx
