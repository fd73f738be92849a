// SPDX-License-Identifier: Apache-2.0
// Hexadecimal numbers, for the files that write them.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hx {

// The whole of `text`, without a "0x", as a number; nothing for anything else, overflow included.
inline std::optional<std::uint64_t> hex_to_u64(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, 16);
  if (text.empty() || result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

}  // namespace hx
