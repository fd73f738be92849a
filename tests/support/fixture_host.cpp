// SPDX-License-Identifier: Apache-2.0
#include "support/fixture_host.h"

#include <sys/inotify.h>

#include <array>
#include <climits>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace hx::test {
namespace stdfs = std::filesystem;

std::string read_file(const stdfs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void copy_fixture(const stdfs::path& from, const TempHost& to) {
  for (const auto& tree : stdfs::directory_iterator(from)) {
    const auto name = tree.path().filename();
    if (name == "expected") continue;
    stdfs::copy(tree.path(), to.dir() / name,
                stdfs::copy_options::recursive | stdfs::copy_options::copy_symlinks);
  }
}

CollectorOptions switched(bool on) {
  CollectorOptions options;
  for (const auto& flag : collector_flags()) {
    const auto* value = std::get_if<bool CollectorOptions::*>(&flag.value);
    if (value == nullptr) continue;
    const bool takes_away = flag.name.find(".disable-") != std::string_view::npos;
    options.*(*value) = on != takes_away;
  }
  return options;
}

OpenedFiles::OpenedFiles(const stdfs::path& root)
    : root_(root), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  watch(root);
  for (const auto& entry : stdfs::recursive_directory_iterator(root)) {
    if (entry.is_directory() && !entry.is_symlink()) watch(entry.path());
  }
}

void OpenedFiles::watch(const stdfs::path& directory) {
  const int watch = ::inotify_add_watch(inotify_.get(), directory.c_str(), IN_OPEN);
  if (watch < 0) throw std::runtime_error("inotify_add_watch " + directory.string());
  directories_[watch] = directory;
}

void OpenedFiles::discard() {
  std::array<char, 65536> buffer;
  while (::read(inotify_.get(), buffer.data(), buffer.size()) > 0) continue;
}

std::set<std::string> OpenedFiles::take() {
  std::set<std::string> files;
  alignas(inotify_event) std::array<char, 64 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer;
  for (;;) {
    const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0) return files;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) throw std::runtime_error("inotify overflow");
      if ((event->mask & IN_ISDIR) != 0 || event->len == 0) continue;
      files.insert((directories_.at(event->wd) / event->name).lexically_relative(root_));
    }
  }
}

}  // namespace hx::test
