// SPDX-License-Identifier: Apache-2.0
#include "base/host_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace hx {
namespace {

Error failure(const char* action, std::string_view path, int code = errno) {
  return {code, std::string(action) + " " + std::string(path)};
}

// "proc/x" below a root of "/proc" is "/proc/x": the part that matched is replaced by the root.
bool replace_prefix(std::string_view path, std::string_view prefix, const std::string& root,
                    std::string& out) {
  if (!path.starts_with(prefix)) return false;
  if (path.size() > prefix.size() && path[prefix.size()] != '/') return false;
  out = root;
  out += path.substr(prefix.size());
  return true;
}

Result<std::string> read_whole(int fd, std::string_view path) {
  std::string text;
  const auto size = WholeFile(path).read(fd, text, path);
  if (!size) return size.error();
  text.resize(*size);
  return text;
}

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// `path` is how the file is called in an error.
Result<FileStamp> stamp_of(const std::string& file, std::string_view path) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return failure("stat", path);
  return FileStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .size = static_cast<std::uint64_t>(status.st_size),
                   .mtime_ns = nanoseconds(status.st_mtim),
                   .ctime_ns = nanoseconds(status.st_ctim),
                   .is_regular = S_ISREG(status.st_mode)};
}

Result<Fd> open_directory(const std::string& directory, std::string_view path) {
  Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failure("list", path);
  return fd;
}

// Without readdir(3), which takes 32 KiB and a system call more each time. sysfs gives all entries
// that have room.
Result<std::vector<DirEntry>> entries_of(const Fd& dir, std::string_view path) {
  constexpr std::size_t kLargestEntry = sizeof(dirent64);
  std::vector<DirEntry> entries;
  alignas(dirent64) std::array<char, 16'384> buffer;
  for (;;) {
    const auto size = ::syscall(SYS_getdents64, dir.get(), buffer.data(), buffer.size());
    if (size < 0) return failure("list", path);
    const auto end = static_cast<std::size_t>(size);
    for (std::size_t at = 0; at < end;) {
      const auto& entry = *reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry.d_reclen;
      const std::string_view name = entry.d_name;
      if (name == "." || name == "..") continue;
      entries.push_back({std::string(name), entry.d_ino, entry.d_type == DT_REG});
    }
    if (end == 0 || (path.starts_with("sys/") && end < buffer.size() - kLargestEntry)) break;
  }
  std::sort(entries.begin(), entries.end(),
            [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  return entries;
}

Result<std::vector<std::string>> names_in(const std::string& directory, std::string_view path) {
  const auto dir = open_directory(directory, path);
  if (!dir) return dir.error();
  auto entries = entries_of(*dir, path);
  if (!entries) return entries.error();
  std::vector<std::string> names;
  names.reserve(entries->size());
  for (auto& entry : *entries) names.push_back(std::move(entry.name));
  return names;
}

template <class Number>
Result<Number> parse_number(std::string_view text, std::string_view path) {
  const auto number = to_number<Number>(trim(text));
  if (!number) return failure("parse", path, EBADMSG);
  return *number;
}

template <class Number>
Result<Number> read_number(const HostFs& fs, std::string_view path) {
  const auto text = fs.read(path);
  if (!text) return text.error();
  return parse_number<Number>(*text, path);
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure("open", path);
  return read_whole(fd.get(), path);
}

Result<FileStamp> stamp_file(const std::string& path) { return stamp_of(path, path); }

Result<std::vector<std::string>> list_directory(const std::string& path) {
  return names_in(path, path);
}

std::string HostFs::resolve(std::string_view path) const {
  std::string out;
  if (replace_prefix(path, "proc", roots_.procfs, out)) return out;
  if (replace_prefix(path, "sys", roots_.sysfs, out)) return out;
  if (replace_prefix(path, "run/udev/data", roots_.udev_data, out)) return out;
  out = roots_.rootfs;
  if (!out.ends_with('/')) out += '/';
  out += path;
  return out;
}

std::string HostFs::below_root(std::string_view absolute) const {
  std::string_view root = roots_.rootfs;
  if (root.ends_with('/')) root.remove_suffix(1);
  return std::string(root).append(absolute);
}

std::string_view HostFs::without_root(std::string_view absolute) const noexcept {
  std::string_view root = roots_.rootfs;
  if (root.ends_with('/')) root.remove_suffix(1);
  if (absolute == root) return "/";
  const bool is_below = absolute.starts_with(root) && absolute[root.size()] == '/';
  return is_below ? absolute.substr(root.size()) : absolute;
}

Result<Fd> HostFs::open(std::string_view path) const {
  Fd fd(::open(resolve(path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure("open", path);
  return fd;
}

Result<Fd> HostFs::open_reference(std::string_view path) const {
  Fd fd(::open(resolve(path).c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return failure("open", path);
  return fd;
}

std::string name_of(const Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

Result<std::string> HostFs::read(std::string_view path) const {
  const auto fd = open(path);
  if (!fd) return fd.error();
  return read_whole(fd->get(), path);
}

Result<std::string> HostFs::read_trimmed(std::string_view path) const {
  auto text = read(path);
  if (!text) return text.error();
  return std::string(trim(*text));
}

Result<std::uint64_t> HostFs::read_u64(std::string_view path) const {
  return read_number<std::uint64_t>(*this, path);
}

Result<std::int64_t> HostFs::read_i64(std::string_view path) const {
  return read_number<std::int64_t>(*this, path);
}

Result<std::vector<std::string>> HostFs::list(std::string_view path) const {
  return names_in(resolve(path), path);
}

Result<std::string> HostFs::read_link(std::string_view path) const {
  std::array<char, PATH_MAX> target;
  const auto size = ::readlink(resolve(path).c_str(), target.data(), target.size());
  if (size < 0) return failure("read link", path);
  return std::string(target.data(), static_cast<std::size_t>(size));
}

Result<std::string> HostFs::real_path(std::string_view path) const {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(resolve(path).c_str(), nullptr),
                                                    &std::free);
  if (!real) return failure("resolve", path);
  return std::string(real.get());
}

bool HostFs::exists(std::string_view path) const {
  return ::access(resolve(path).c_str(), F_OK) == 0;
}

Result<FileStamp> HostFs::stamp(std::string_view path) const {
  return stamp_of(resolve(path), path);
}

namespace {

// The device does not tell in its present state, such as the speed of a link that is down: the file
// is still the right one.
bool is_refusal(const Error& error) noexcept {
  return error.code == EINVAL || error.code == EOPNOTSUPP;
}

}  // namespace

std::size_t most_open_files() noexcept {
  static const std::size_t most = [] {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::size_t{64};
    return std::min<std::size_t>(limit.rlim_cur / 16, 4096);
  }();
  return most;
}

Status HotFile::open() {
  auto fd = fs_.open(path_);
  if (!fd) return fd.error();
  fd_ = std::move(*fd);
  return {};
}

Status HotFile::read_all() {
  const auto size = whole_.read(fd_.get(), buffer_, path_);
  if (!size) return size.error();
  size_ = *size;
  return {};
}

Result<std::string_view> HotFile::read() {
  const bool was_open = static_cast<bool>(fd_);
  if (!was_open) {
    if (auto ok = open(); !ok) return ok.error();
  }
  auto ok = read_all();
  if (!ok && is_refusal(ok.error())) return ok.error();
  if (!ok && was_open) {  // a descriptor of something that is gone: once more with a new one
    fd_.reset();
    if (auto reopened = open(); !reopened) return reopened.error();
    ok = read_all();
  }
  if (!ok) {
    fd_.reset();
    return ok.error();
  }
  return std::string_view(buffer_).substr(0, size_);
}

bool HotFile::is_unchanged() const noexcept {
  if (!fd_) return false;
  // Files without news of their own are always ready, for writing too.
  pollfd news{.fd = fd_.get(), .events = POLLPRI | POLLOUT, .revents = 0};
  return ::poll(&news, 1, 0) == 0;
}

void HotFile::close() noexcept {
  fd_.reset();
  std::string().swap(buffer_);
}

Result<std::vector<DirEntry>> HotDir::entries() {
  if (fd_) {
    ::lseek(fd_.get(), 0, SEEK_SET);
    auto entries = entries_of(fd_, path_);
    if (entries && (!entries->empty() || is_current())) return entries;
  }
  auto fd = open_directory(fs_.resolve(path_), path_);
  fd_ = fd ? std::move(*fd) : Fd();
  if (!fd) return fd.error();
  return entries_of(fd_, path_);
}

// What has been removed is empty, and there may be another of its name.
bool HotDir::is_current() const noexcept {
  struct stat own {
  }, current{};
  return ::fstat(fd_.get(), &own) == 0 && ::stat(fs_.resolve(path_).c_str(), &current) == 0 &&
         own.st_ino == current.st_ino && own.st_dev == current.st_dev;
}

Result<std::uint64_t> HotFile::read_u64() {
  const auto text = read();
  if (!text) return text.error();
  return parse_number<std::uint64_t>(*text, path_);
}

}  // namespace hx
