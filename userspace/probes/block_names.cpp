// SPDX-License-Identifier: Apache-2.0
#include "probes/block_names.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"

namespace hx {
namespace {

struct StatusName {
  std::int32_t status, code;  // blk_status_t and its errno, blk_errors[] of block/blk-core.c
  std::string_view name;
};
constexpr std::array<StatusName, 11> kStatusNames{{{1, EOPNOTSUPP, "notsupp"},
                                                   {2, ETIMEDOUT, "timeout"},
                                                   {3, ENOSPC, "nospc"},
                                                   {4, ENOLINK, "transport"},
                                                   {5, EREMOTEIO, "target"},
                                                   {6, EBADE, "resv_conflict"},
                                                   {7, ENODATA, "medium"},
                                                   {8, EILSEQ, "protection"},
                                                   {9, ENOMEM, "resource"},
                                                   {10, EIO, "ioerr"},
                                                   {12, EAGAIN, "again"}}};

}  // namespace

std::string_view block_op_name(std::uint32_t op) noexcept {
  switch (op) {
    case 0: return "read";
    case 1: return "write";
    case 2: return "flush";
    case 3: return "discard";
    case 5: return "secure_erase";
    case 7:
    case 9: return "write_zeroes";  // 7 was renumbered in 4.20-5.0
    case 6:
    case 10:
    case 11:
    case 12:
    case 13:
    case 15:
    case 17: return "zone";
    default: return "driver";
  }
}

std::string_view block_status_name(std::int32_t error) noexcept {
  const auto found =
      std::find_if(kStatusNames.begin(), kStatusNames.end(), [&](const StatusName& candidate) {
        return error == candidate.status || error == -candidate.code;
      });
  return found == kStatusNames.end() ? "other" : found->name;
}

std::string DiskNames::name(std::uint32_t major, std::uint32_t minor) {
  const auto key = std::pair(major, minor);
  if (!names_.contains(key)) read();
  const auto found = names_.find(key);
  if (found != names_.end()) return found->second;
  return std::to_string(major) + ":" + std::to_string(minor);
}

void DiskNames::read() {
  auto text = diskstats_.read();
  if (!text) return;
  names_.clear();
  std::string_view line;
  while (next_line(*text, line)) {
    const auto major = to_number<std::uint32_t>(next_field(line));
    const auto minor = to_number<std::uint32_t>(next_field(line));
    if (major && minor) names_[{*major, *minor}] = next_field(line);
  }
}

}  // namespace hx
