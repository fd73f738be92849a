// SPDX-License-Identifier: Apache-2.0
// The text of --help.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace hx {

// By group, in the order in which the flags were added.
std::string help_text(const CLI::App& app);

}  // namespace hx
