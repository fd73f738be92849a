// SPDX-License-Identifier: Apache-2.0
// process-exporter's command line, which follows Go's flag package.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace hx {

// The arguments as host_exporter's own flags. As with the original, a switch takes its value behind
// an equals sign only, and the first word that is no flag ends the command line: what follows it is
// ignored, here with a warning.
Result<std::vector<std::string>> of_process_exporter(std::span<const char* const> arguments);

}  // namespace hx
