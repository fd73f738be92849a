// SPDX-License-Identifier: Apache-2.0
#include "base/filter.h"

#include <re2/re2.h>

namespace hx {
namespace {

Result<std::unique_ptr<re2::RE2>> compile(const Filter::Flag& flag) {
  if (flag.value.empty()) return std::unique_ptr<re2::RE2>();
  auto regex = std::make_unique<re2::RE2>(flag.value, re2::RE2::Quiet);
  if (!regex->ok()) {
    return Error{0, "--" + std::string(flag.name) + ": invalid regular expression \"" + flag.value +
                        "\": " + regex->error()};
  }
  return regex;
}

}  // namespace

Filter::Filter(Regex include, Regex exclude)
    : include_(std::move(include)), exclude_(std::move(exclude)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Result<Filter> Filter::make(Flag include, Flag exclude) {
  if (!include.value.empty() && !exclude.value.empty()) {
    const std::string none;
    if (exclude.value == exclude.default_value) return make_combined(include, {exclude.name, none});
    return Error{0, "--" + std::string(include.name) + " and --" + std::string(exclude.name) +
                        " exclude each other"};
  }
  return make_combined(include, exclude);
}

Result<Filter> Filter::make_include(Flag include) {
  auto included = compile(include);
  if (!included) return included.error();
  return Filter(std::move(*included), nullptr);
}

Result<Filter> Filter::make_exclude(Flag exclude) {
  auto excluded = compile(exclude);
  if (!excluded) return excluded.error();
  return Filter(nullptr, std::move(*excluded));
}

Result<Filter> Filter::make_combined(Flag include, Flag exclude) {
  auto included = compile(include);
  if (!included) return included.error();
  auto excluded = compile(exclude);
  if (!excluded) return excluded.error();
  return Filter(std::move(*included), std::move(*excluded));
}

bool Filter::accepts(std::string_view name) const {
  return (!include_ || re2::RE2::PartialMatch(name, *include_)) &&
         (!exclude_ || !re2::RE2::PartialMatch(name, *exclude_));
}

}  // namespace hx
