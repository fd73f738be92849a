// SPDX-License-Identifier: Apache-2.0
// A host made of a temporary directory, for the edges that no captured fixture has.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "base/host_fs.h"

namespace hx::test {

// The roots of a directory with proc/, sys/ and so on below it.
HostRoots roots_below(const std::filesystem::path& dir);

// How many files this process has open.
std::size_t open_files();

class TempHost {
 public:
  TempHost();
  ~TempHost();
  TempHost(const TempHost&) = delete;
  TempHost& operator=(const TempHost&) = delete;

  // Makes directories as needed.
  void write(std::string_view path, std::string_view content) const;
  void link(std::string_view path, std::string_view target) const;
  void remove(std::string_view path) const;
  void make_dir(std::string_view path) const;

  const std::filesystem::path& dir() const noexcept { return dir_; }
  const HostFs& fs() const noexcept { return fs_; }

 private:
  std::filesystem::path dir_;
  HostFs fs_;
};

}  // namespace hx::test
