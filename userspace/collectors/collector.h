// SPDX-License-Identifier: Apache-2.0
// What every collector of /proc and /sys includes: the interface, what it is made from, and the
// table of all of them. A collector has one file and one row in table.cpp, and no header.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "base/host_fs.h"
#include "base/result.h"
#include "base/shared_reads.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "collectors/options.h"
#include "metrics/collector.h"

namespace hx {

// Outlives the collectors made from it.
struct Context {
  const HostFs& fs;
  const CollectorOptions& options;
  Syscalls sys{};
  std::chrono::milliseconds timeout{5000};  // what takes longer is given up, see HangGuard
  SharedReads& shared;
};

struct CollectorEntry {
  std::string_view name;
  std::string_view help;  // "what it tells, the file or call it is read from"
  bool enabled_by_default;
  // Fails only for bad options (an invalid regular expression). What this host lacks is found out,
  // and reported, by collect().
  Result<CollectorPtr> (*make)(const Context& context);
};

// Sorted by name. The table makes the flags, --help, the README's table and the tests.
std::span<const CollectorEntry> collector_table() noexcept;

}  // namespace hx
