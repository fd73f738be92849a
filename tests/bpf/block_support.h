// SPDX-License-Identifier: Apache-2.0
// Disks for the block probe to count requests of.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.h"

namespace hx::test {

// A loop device over a file of 16 MiB or one that is given; gone at the end. False where there is
// none.
class LoopDevice {
 public:
  explicit LoopDevice(const std::filesystem::path& dir = std::filesystem::temp_directory_path(),
                      int number = -1);
  explicit LoopDevice(int file) { attach(file, -1); }
  ~LoopDevice();
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  explicit operator bool() const noexcept { return static_cast<bool>(device_); }
  // Open for direct I/O: what is read or written is one request.
  int fd() const noexcept { return device_.get(); }
  const std::string& name() const noexcept { return name_; }

 private:
  void attach(int file, int number);

  std::string file_path_, name_;
  Fd file_, device_;
};

// What /proc/diskstats counts of a disk.
struct DiskStats {
  double reads = 0, read_bytes = 0, read_ms = 0, writes = 0, written_bytes = 0;
};
DiskStats read_diskstats(const std::string& device);

struct SlowReads;  // what the server and the test share

// A file of 1 MiB of a FUSE server, a child of this process, whose reads take as long as they are
// told to: a disk of known slowness. False where there is no FUSE.
class SlowFile {
 public:
  SlowFile();
  ~SlowFile();
  SlowFile(const SlowFile&) = delete;
  SlowFile& operator=(const SlowFile&) = delete;

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  int fd() const noexcept { return file_.get(); }
  void set_delay_ms(int ms) noexcept;
  // How long each of the reads so far took the server, in seconds.
  std::vector<double> reads() const;

 private:
  std::string path_;
  SlowReads* reads_;
  pid_t server_ = -1;
  Fd file_;
};

}  // namespace hx::test
