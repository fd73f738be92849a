// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace hx {
namespace {

constexpr std::size_t kBuffer = 4096;
constexpr std::size_t kAttributeBuffer = 128;  // there may be thousands

// Attributes of sysfs (but a control group's, which may be lists) and settings.
bool is_attribute(std::string_view path) {
  return (path.starts_with("sys/") && !path.starts_with("sys/fs/cgroup/")) ||
         path.starts_with("proc/sys/");
}

// Files that are one record (single_open() in the kernel): it is given as far as there is room.
constexpr std::array<std::string_view, 13> kOneRecord{
    "proc/loadavg",     "proc/meminfo",         "proc/net/netstat",   "proc/net/snmp",
    "proc/net/snmp6",   "proc/net/sockstat",    "proc/net/sockstat6", "proc/pressure/cpu",
    "proc/pressure/io", "proc/pressure/memory", "proc/self/statm",    "proc/softirqs",
    "proc/stat"};

// Files of records that are shorter than kShortRecord. A read ends between two of them, where the
// next does not fit in the kernel's buffer, which is a page or more: one that leaves room there for
// another record was the last.
constexpr std::array<std::string_view, 5> kShortRecords{"proc/diskstats", "proc/net/softnet_stat",
                                                        "proc/net/stat/nf_conntrack",
                                                        "proc/net/udp", "proc/net/udp6"};
constexpr std::size_t kShortRecord = 1024, kKernelBuffer = 4096;

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& paths, std::string_view path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

WholeFile::WholeFile(std::string_view path)
    : first_buffer_(is_attribute(path) ? kAttributeBuffer : kBuffer),
      in_one_piece_(is_attribute(path)) {
  if (in_one_piece_ || is_one_of(kOneRecord, path)) {
    end_below_ = SIZE_MAX;
  } else {
    end_below_ = is_one_of(kShortRecords, path) ? kKernelBuffer - kShortRecord : 0;
  }
}

Result<std::size_t> WholeFile::read(int fd, std::string& buffer, std::string_view path) const {
  const auto failed = [&](int code) { return Error{code, "read " + std::string(path)}; };
  if (buffer.empty()) buffer.resize(first_buffer_);
  std::size_t size = 0;
  for (;;) {
    const auto room = buffer.size() - size;
    const auto answer = ::pread(fd, buffer.data() + size, room, static_cast<off_t>(size));
    if (answer == 0) return size;
    if (answer < 0) {
      if (errno == EINTR) continue;
      return failed(errno);
    }
    const auto got = static_cast<std::size_t>(answer);
    size += got;
    if (got < room && got < end_below_) return size;
    if (size < buffer.size()) continue;
    if (size >= kMaxFileBytes) return failed(E2BIG);
    buffer.resize(std::max(kBuffer, size * 2));
    if (in_one_piece_ && size < kBuffer) size = 0;  // again, with room for all of it
  }
}

}  // namespace hx
