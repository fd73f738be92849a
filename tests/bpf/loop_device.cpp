// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bpf/block_support.h"

namespace hx::test {

LoopDevice::LoopDevice(const std::filesystem::path& dir, int number)
    : file_path_((dir / "hx-loop-XXXXXX").string()) {
  file_ = Fd(::mkstemp(file_path_.data()));
  if (::ftruncate(file_.get(), 16 << 20) == 0) attach(file_.get(), number);
}

LoopDevice::~LoopDevice() {
  if (device_) ::ioctl(device_.get(), LOOP_CLR_FD);
  if (!file_path_.empty()) ::unlink(file_path_.c_str());
}

void LoopDevice::attach(int file, int number) {
  const Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (control && number < 0) number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
  if (number < 0) return;
  name_ = "loop" + std::to_string(number);
  device_ = Fd(::open(("/dev/" + name_).c_str(), O_RDWR | O_DIRECT | O_CLOEXEC));
  if (device_ && ::ioctl(device_.get(), LOOP_SET_FD, file) != 0) device_.reset();
}

DiskStats read_diskstats(const std::string& device) {
  std::ifstream file("/proc/diskstats");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string major, minor, name;
    std::array<double, 7> v{};
    fields >> major >> minor >> name;
    for (auto& value : v) fields >> value;
    if (name != device) continue;
    return {.reads = v[0],
            .read_bytes = v[2] * 512,
            .read_ms = v[3],
            .writes = v[4],
            .written_bytes = v[6] * 512};
  }
  return {};
}

}  // namespace hx::test
