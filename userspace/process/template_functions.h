// SPDX-License-Identifier: Apache-2.0
// The functions of Go's text/template.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "process/template_ast.h"
#include "process/template_value.h"

namespace hx::tmpl {

// The strings that functions make while one name is rendered. Bounded, since a template may double
// a string in a loop and a command line may have 1 MiB.
class Arena {
 public:
  // How long the next string may be.
  std::size_t room() const noexcept { return kMax - used_; }
  // Nothing if there is no room.
  std::optional<Value> keep(std::string text);

 private:
  static constexpr std::size_t kMax = std::size_t{8} << 20;

  std::deque<std::string> strings_;
  std::size_t used_ = 0;
};

// The result, or nothing where Go reports an error. `and` and `or` do not get here: they need not
// evaluate all arguments.
std::optional<Value> apply(Function function, std::span<const Value> args, Arena& arena);

}  // namespace hx::tmpl
