// SPDX-License-Identifier: Apache-2.0
// One program, three names: started as node_exporter or process-exporter (by a symbolic link, or by
// --as=NAME as the first argument) it takes that program's command line and serves its target only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace hx {

enum class Personality { kHostExporter, kNodeExporter, kProcessExporter };

struct Invocation {
  Personality personality = Personality::kHostExporter;
  std::vector<std::string> words;  // the arguments as host_exporter's own flags
};

// `command_line` begins with the program's name. What the replaced program has and this one lacks
// (a collector for ntp, a number of Go's threads) is left out of the words, with a warning where
// that costs metrics. The error is one line.
Result<Invocation> invocation_of(std::span<const char* const> command_line);

}  // namespace hx
