// SPDX-License-Identifier: Apache-2.0
// The attributes of a device: files of one directory of sysfs that hold one value each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host_fs.h"

namespace hx {

class Attributes {
 public:
  // Those of `names` that the directory has. One that comes later is not seen.
  Attributes(const HostFs& fs, const std::string& dir, std::span<const std::string_view> names);

  // By the place in `names`, read anew each time. Nothing for what the device lacks, or does not
  // tell in its present state (the speed of a link that is down).
  std::optional<std::string_view> text(std::size_t i);  // trimmed; valid until the next of it
  std::optional<std::int64_t> number(std::size_t i);    // decimal, or 0x and hexadecimal
  std::string text_or_empty(std::size_t i) { return std::string(text(i).value_or("")); }

  // Closes the files until they are read again.
  void close() noexcept;

 private:
  std::vector<std::optional<HotFile>> files_;
};

}  // namespace hx
