// SPDX-License-Identifier: Apache-2.0
// What yaml-cpp lets pass.
#pragma once

#include <optional>
#include <string>

namespace hx {

// The line, counted from 0, of what yaml-cpp cannot make part of the first document and takes for
// a document of its own: a configuration would be read without it. Throws YAML::Exception.
std::optional<int> line_of_leftover(const std::string& text);

}  // namespace hx
