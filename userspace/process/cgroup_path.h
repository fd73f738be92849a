// SPDX-License-Identifier: Apache-2.0
// What the path of a control group says, as systemd and container engines name them.
#pragma once

#include <string_view>

namespace hx {

// Of several in a path the innermost; empty: there is none.
std::string_view unit_in(std::string_view path) noexcept;       // "nginx.service"; no slice
std::string_view slice_in(std::string_view path) noexcept;      // "system.slice"
std::string_view container_in(std::string_view path) noexcept;  // 64 hexadecimal digits

}  // namespace hx
