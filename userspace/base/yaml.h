// SPDX-License-Identifier: Apache-2.0
// What yaml-cpp lets pass, and what it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hx {

// The line, counted from 0, of what yaml-cpp cannot make part of the first document and takes for
// a document of its own: a configuration would be read without it. Throws YAML::Exception.
std::optional<int> line_of_leftover(const std::string& text);

// A message that quotes what is in a file, yaml-cpp's or ours: in UTF-8, control characters as
// blanks.
std::string on_one_line(std::string_view message);

}  // namespace hx
