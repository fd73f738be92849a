// SPDX-License-Identifier: Apache-2.0
#include "support/temp_host.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace hx::test {
namespace {

// In memory where there is a place for that: ext4 takes a file that is written over to the disk at
// once, and the tests write over thousands.
std::filesystem::path temp_root() {
  if (::access("/dev/shm", W_OK | X_OK) == 0) return "/dev/shm";
  return std::filesystem::temp_directory_path();
}

std::filesystem::path make_temp_dir() {
  std::string name = (temp_root() / "hx-host-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  return name;
}

}  // namespace

HostRoots roots_below(const std::filesystem::path& dir) {
  return {.procfs = dir / "proc",
          .sysfs = dir / "sys",
          .rootfs = dir,
          .udev_data = dir / "run/udev/data"};
}

std::size_t open_files() {
  const auto files = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TempHost::TempHost() : dir_(make_temp_dir()), fs_(roots_below(dir_)) {}

TempHost::~TempHost() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void TempHost::write(std::string_view path, std::string_view content) const {
  const auto file = dir_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

void TempHost::link(std::string_view path, std::string_view target) const {
  const auto file = dir_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::create_symlink(target, file);
}

void TempHost::remove(std::string_view path) const { std::filesystem::remove_all(dir_ / path); }

void TempHost::make_dir(std::string_view path) const {
  std::filesystem::create_directories(dir_ / path);
}

}  // namespace hx::test
