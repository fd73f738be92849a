// SPDX-License-Identifier: Apache-2.0
// Which names a pair of regular expressions lets through: an include and an exclude flag.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace hx {

// Unanchored expressions of Go's language (RE2); an empty one is none. Immutable; any number of
// threads.
class Filter {
 public:
  // A flag's name without dashes, for the messages, its value, and what that is by default.
  struct Flag {
    std::string_view name;
    const std::string& value;
    std::string_view default_value{};
  };

  // Fails, naming the flag, for an invalid expression, and where both are set: upstream's flags
  // exclude each other. An exclude flag at its default gives way.
  static Result<Filter> make(Flag include, Flag exclude);
  // For flags that have no opposite.
  static Result<Filter> make_include(Flag include);
  static Result<Filter> make_exclude(Flag exclude);
  // For flags of which both may be set: what is excluded stays so.
  static Result<Filter> make_combined(Flag include, Flag exclude);

  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  bool accepts(std::string_view name) const;

 private:
  using Regex = std::unique_ptr<re2::RE2>;
  Filter(Regex include, Regex exclude);

  Regex include_, exclude_;  // null: none
};

}  // namespace hx
