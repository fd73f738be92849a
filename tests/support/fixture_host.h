// SPDX-License-Identifier: Apache-2.0
// Copies of the fixture hosts, for tests that damage the files that collectors read.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/fd.h"
#include "collectors/options.h"
#include "support/temp_host.h"

namespace hx::test {

void copy_fixture(const std::filesystem::path& from, const TempHost& to);

std::string read_file(const std::filesystem::path& path);

// All switches on: what is off by default reads more files. Or all off: so does what stands in for
// netlink.
CollectorOptions switched(bool on);

// Tells which files below a directory are opened, so that each row meets the damage of its own
// files only: all files for all rows would take minutes.
class OpenedFiles {
 public:
  explicit OpenedFiles(const std::filesystem::path& root);

  // Forgets what was opened; the queue may have overflowed.
  void discard();
  // Those since the last call, as paths from the root.
  std::set<std::string> take();

 private:
  void watch(const std::filesystem::path& directory);

  std::filesystem::path root_;
  Fd inotify_;
  std::map<int, std::filesystem::path> directories_;
};

}  // namespace hx::test
