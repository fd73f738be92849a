// SPDX-License-Identifier: Apache-2.0
#include "base/host_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kAttributeBuffer = 128;  // there may be thousands

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

// Whether the kernel gives all of a file to the first read that has room for it, so that a short
// read is its end: attributes of sysfs (but a control group's, which may be lists) and settings.
// Other files of /proc give record by record and may stop between two.
bool ends_with_short_read(std::string_view path) {
  return (path.starts_with("sys/") && !path.starts_with("sys/fs/cgroup/")) ||
         path.starts_with("proc/sys/");
}

// Reads from the start to the end into `buffer`, which only grows.
Result<std::size_t> read_to_end(int fd, std::string& buffer, std::string_view path) {
  const bool takes_short_read = ends_with_short_read(path);
  if (takes_short_read && buffer.empty()) buffer.resize(kAttributeBuffer);
  std::size_t size = 0;
  for (;;) {
    if (size == buffer.size()) {
      if (size >= kMaxFileBytes) return failure("read", path, E2BIG);
      buffer.resize(std::max(kFirstBuffer, size * 2));
    }
    const auto got =
        ::pread(fd, buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
    if (got == 0) return size;
    if (got < 0) {
      if (errno == EINTR) continue;
      return failure("read", path);
    }
    size += static_cast<std::size_t>(got);
    if (!takes_short_read) continue;
    if (size < buffer.size()) return size;
    if (size < kFirstBuffer) {  // again, with room for it in one piece
      buffer.resize(kFirstBuffer);
      size = 0;
    }
  }
}

Result<std::string> read_whole(int fd, std::string_view path) {
  std::string text;
  const auto size = read_to_end(fd, text, path);
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

Result<std::vector<std::string>> names_in(const std::string& directory, std::string_view path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), &::closedir);
  if (!dir) return failure("list", path);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
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
  const auto size = read_to_end(fd_.get(), buffer_, path_);
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

void HotFile::close() noexcept {
  fd_.reset();
  std::string().swap(buffer_);
}

Result<std::uint64_t> HotFile::read_u64() {
  const auto text = read();
  if (!text) return text.error();
  return parse_number<std::uint64_t>(*text, path_);
}

}  // namespace hx
