// SPDX-License-Identifier: Apache-2.0
// Which processes belong to which group: the YAML key process_names, or its command-line forms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "process/identity.h"
#include "process/matcher.h"
#include "process/namer.h"

namespace hx {

// Immutable. name_of() is called from one thread at a time, since it calls the functions of the
// Identity, which need not be thread-safe; everything else from any.
class Config {
 public:
  struct Entry {
    Matcher matcher;
    NameTemplate name;
  };
  // comm to the pattern whose first capture completes the name.
  using Mapping = std::map<std::string, Pattern, std::less<>>;

  Config() = default;  // matches nothing
  explicit Config(std::vector<Entry> entries, Mapping mapping = {});

  // The group of a process: a comm in the mapping is decided there, any other by the first entry
  // that matches. Nothing: unmatched. A name may be empty.
  std::optional<std::string> name_of(const Identity& identity) const;

  // What name_of() may ask of an Identity.
  const Facts& needs() const noexcept { return needs_; }
  // The group names that do not depend on the process, sorted, each once.
  std::vector<std::string> literal_names() const;
  bool empty() const noexcept { return entries_.empty() && mapping_.empty(); }

 private:
  std::vector<Entry> entries_;
  Mapping mapping_;
  Facts needs_;
};

// `file_name` is for the messages: "all.yaml:7: process_names[2].cmdline[0]: ...". One line each.
Result<Config> parse_config(std::string_view yaml, std::string_view file_name);
Result<Config> read_config(const std::string& path);

// -procnames a,b and -namemapping name,regex,name,regex; "" for none.
Result<Config> config_of_flags(std::string_view procnames, std::string_view namemapping);

// Every process that has a command line, grouped by {{.Comm}}: the packaged configuration.
Config default_config();

}  // namespace hx
