// SPDX-License-Identifier: Apache-2.0
// The selectors of one entry of process_names.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "process/identity.h"
#include "process/pattern.h"

namespace hx {

// A selector that was never required does not restrict; one that was required with an empty list
// does: comm and exe then match nothing, cmdline everything. Immutable once built.
class Matcher {
 public:
  // comm equals one of the names.
  void require_comm(const std::vector<std::string>& names);
  // The first argument equals one of the paths or, for a path without a slash, has that base name.
  // Processes without arguments never match.
  void require_exe(const std::vector<std::string>& paths);
  // Each pattern is found in the arguments joined by blanks.
  void require_cmdline(std::vector<Pattern> patterns);

  bool has_selectors() const noexcept { return comm_ || exe_ || cmdline_; }
  // True if all selectors match; `out` then holds the captures of the patterns.
  bool match(const Subject& subject, Matches& out) const;

 private:
  // What an executable of one base name may be called with.
  struct Paths {
    bool any_directory = false;
    std::set<std::string, std::less<>> exact;
  };

  bool match_exe(const Subject& subject) const;

  std::optional<std::set<std::string, std::less<>>> comm_;
  std::optional<std::map<std::string, Paths, std::less<>>> exe_;
  std::optional<std::vector<Pattern>> cmdline_;
};

}  // namespace hx
