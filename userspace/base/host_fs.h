// SPDX-License-Identifier: Apache-2.0
// The host's file systems under replaceable roots: the only code that knows where "/proc" is.
//
// Paths are written without a leading slash. "proc/..." and "sys/..." go to their own roots
// (--path.procfs, --path.sysfs), "run/udev/data/..." to --path.udev.data, everything else below
// --path.rootfs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/whole_file.h"

namespace hx {

struct HostRoots {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";
  std::string udev_data = "/run/udev/data";
};

// Tells whether a file may have changed since it was last read: another file by this name, or
// written to.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  bool is_regular = false;

  bool operator==(const FileStamp&) const = default;
};

// What is in a directory; not "." and "..".
struct DirEntry {
  std::string name;
  std::uint64_t inode = 0;  // of a symbolic link: its own
  bool is_file = false;     // a regular one
};

class HostFs {
 public:
  explicit HostFs(HostRoots roots) : roots_(std::move(roots)) {}

  const HostRoots& roots() const noexcept { return roots_; }
  // Where `path` is on this machine.
  std::string resolve(std::string_view path) const;
  // The same for an absolute path of the host, such as a mount point; and back.
  std::string below_root(std::string_view absolute) const;
  std::string_view without_root(std::string_view absolute) const noexcept;

  Result<Fd> open(std::string_view path) const;
  // A reference to what cannot be opened, such as a socket (O_PATH); name_of() is a short path to
  // it.
  Result<Fd> open_reference(std::string_view path) const;
  // The whole file; E2BIG past kMaxFileBytes. For what is read once: hot files want HotFile.
  Result<std::string> read(std::string_view path) const;
  // The same without the white space around it: what most sysfs attributes want.
  Result<std::string> read_trimmed(std::string_view path) const;
  // One number and nothing else; EBADMSG for other text.
  Result<std::uint64_t> read_u64(std::string_view path) const;
  Result<std::int64_t> read_i64(std::string_view path) const;
  // Names in a directory without "." and "..", sorted.
  Result<std::vector<std::string>> list(std::string_view path) const;
  // Where a symbolic link points to, as stored.
  Result<std::string> read_link(std::string_view path) const;
  // What a path leads to on this machine, without symbolic links.
  Result<std::string> real_path(std::string_view path) const;
  bool exists(std::string_view path) const;
  Result<FileStamp> stamp(std::string_view path) const;

 private:
  HostRoots roots_;
};

// How many files one collector keeps open: a sixteenth of what this process may, and at most 4,096,
// for each of which the kernel keeps a buffer of 4 KiB. Past that a file is opened for each
// reading.
std::size_t most_open_files() noexcept;

// A path of this process that leads to an open file.
std::string name_of(const Fd& fd);

// For what a user names, such as a configuration: below no root.
Result<std::string> read_file(const std::string& path);
Result<FileStamp> stamp_file(const std::string& path);
Result<std::vector<std::string>> list_directory(const std::string& path);

// A file that is read at every scrape: opened once, re-read from offset 0 into one buffer, which
// procfs and sysfs answer with fresh content. Opened again when a read fails (a device replaced).
class HotFile {
 public:
  HotFile(const HostFs& fs, std::string_view path) : fs_(fs), path_(path), whole_(path) {}

  const std::string& path() const noexcept { return path_; }

  // Valid until the next read().
  Result<std::string_view> read();
  // One number and white space around it; EBADMSG for other text.
  Result<std::uint64_t> read_u64();
  // Whether poll(2) says that nothing has changed since it was last asked, or the file opened. The
  // kernel says so of mount tables, see proc_pid_mounts(5); of other files it is never known.
  bool is_unchanged() const noexcept;
  // Until the next read(): for one of so many files that they cannot all stay open.
  void close() noexcept;

 private:
  Status open();
  Status read_all();

  const HostFs& fs_;
  std::string path_;
  WholeFile whole_;
  Fd fd_;
  std::string buffer_;
  std::size_t size_ = 0;
};

// A directory that is listed at every scrape: opened once, and again when it is another one.
class HotDir {
 public:
  HotDir(const HostFs& fs, std::string_view path) : fs_(fs), path_(path) {}

  const std::string& path() const noexcept { return path_; }
  Result<std::vector<DirEntry>> entries();  // sorted by name
  // Until the next entries(): for one of many.
  void close() noexcept { fd_.reset(); }

 private:
  bool is_current() const noexcept;

  const HostFs& fs_;
  std::string path_;
  Fd fd_;
};

}  // namespace hx
