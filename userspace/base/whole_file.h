// SPDX-License-Identifier: Apache-2.0
// Reads an open file of /proc or /sys to its end, with as few system calls as the kernel allows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hx {

// Larger than any file of /proc on a 4,096-CPU host; a file that never ends must not end us.
inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

class WholeFile {
 public:
  // `path` as for HostFs: it tells how the kernel gives the file, and is named in errors.
  explicit WholeFile(std::string_view path);

  // From the start to the end into `buffer`, which only grows; returns the size. E2BIG past
  // kMaxFileBytes.
  Result<std::size_t> read(int fd, std::string& buffer, std::string_view path) const;

 private:
  std::size_t first_buffer_;
  std::size_t end_below_;  // a read that gets less than this and than it asked for is the last
  bool in_one_piece_;      // a second read finds nothing, or something else
};

}  // namespace hx
