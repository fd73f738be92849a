// SPDX-License-Identifier: Apache-2.0
// A regular expression with the language and the captures of Go's regexp package, on RE2.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "process/identity.h"

namespace re2 {
class RE2;
}

namespace hx {

// Immutable; any number of threads.
class Pattern {
 public:
  // The error quotes the text and fits one line.
  static Result<Pattern> compile(std::string_view text);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Searches valid UTF-8; on success puts every capture into `out`, a later one over an earlier one
  // of the same name, even if it took no part and is therefore empty.
  bool search(std::string_view subject, Matches& out) const;
  // The first capture, by position, that is not empty.
  std::optional<std::string> first_capture(std::string_view subject) const;

 private:
  Pattern(std::unique_ptr<re2::RE2> regex, std::vector<std::string> names);

  std::unique_ptr<re2::RE2> regex_;
  std::vector<std::string> names_;  // by number of the capture; 0 is the whole match
};

}  // namespace hx
