// SPDX-License-Identifier: Apache-2.0
// The least of a FUSE server that a file can be read from; see include/uapi/linux/fuse.h.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "bpf/block_support.h"
#include "bpf/support.h"

namespace hx::test {

// In memory of both.
struct SlowReads {
  std::atomic<int> delay_ms{0};
  std::atomic<std::size_t> count{0};
  std::array<double, 2'000> seconds{};
};

namespace {

constexpr std::size_t kFileSize = 1 << 20;
constexpr std::size_t kMostBytes = 1 << 17;  // of a read

template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

void answer(int device, const fuse_in_header& request, std::string_view body, int error = 0) {
  fuse_out_header header{.len = static_cast<std::uint32_t>(sizeof(header) + body.size()),
                         .error = -error,
                         .unique = request.unique};
  const std::array<iovec, 2> parts{
      {{&header, sizeof(header)}, {const_cast<char*>(body.data()), body.size()}}};
  [[maybe_unused]] const auto sent = ::writev(device, parts.data(), parts.size());
}

void answer_read(int device, const fuse_in_header& request, std::string_view body,
                 SlowReads& reads) {
  const auto start = std::chrono::steady_clock::now();
  sleep_ms(reads.delay_ms);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  // Noted first: whoever asked may look as soon as there is an answer.
  const auto place = reads.count.load();
  if (place < reads.seconds.size()) {
    reads.seconds[place] = took.count();
    reads.count = place + 1;
  }
  answer(device, request, body);
}

// The only node is the root, a regular file.
[[noreturn]] void serve(int device, SlowReads& reads) {
  fuse_init_out init{};
  init.major = 7;
  init.minor = 31;
  init.max_write = 4096;
  fuse_attr_out attributes{};
  attributes.attr.ino = 1;
  attributes.attr.size = kFileSize;
  attributes.attr.mode = S_IFREG | 0400;
  attributes.attr.nlink = 1;
  attributes.attr.blksize = 4096;
  fuse_open_out opened{};
  opened.open_flags = FOPEN_DIRECT_IO;  // each read comes to us
  static std::array<char, kMostBytes> buffer;
  static const std::array<char, kMostBytes> zeros{};
  while (true) {
    if (::read(device, buffer.data(), buffer.size()) <= 0) {
      if (errno == ENODEV) ::_exit(0);
      continue;
    }
    fuse_in_header request;
    std::memcpy(&request, buffer.data(), sizeof(request));
    switch (request.opcode) {
      case FUSE_INIT: answer(device, request, bytes_of(init)); break;
      case FUSE_GETATTR: answer(device, request, bytes_of(attributes)); break;
      case FUSE_OPEN: answer(device, request, bytes_of(opened)); break;
      case FUSE_RELEASE: answer(device, request, {}); break;
      case FUSE_READ: {
        fuse_read_in read;
        std::memcpy(&read, buffer.data() + sizeof(request), sizeof(read));
        const std::size_t size = std::min<std::size_t>(read.size, kMostBytes);
        answer_read(device, request, {zeros.data(), size}, reads);
        break;
      }
      default: answer(device, request, {}, ENOSYS);
    }
  }
}

}  // namespace

SlowFile::SlowFile() : path_((std::filesystem::temp_directory_path() / "hx-slow-XXXXXX").string()) {
  void* const memory =
      ::mmap(nullptr, sizeof(SlowReads), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  reads_ = new (memory) SlowReads;
  const Fd mountpoint(::mkstemp(path_.data()));
  Fd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  const auto options =
      "fd=" + std::to_string(device.get()) + ",rootmode=100400,user_id=0,group_id=0";
  if (!device || ::mount("hx-slow", path_.c_str(), "fuse", 0, options.c_str()) != 0) return;
  // A process and no thread: when the test is killed its device is closed, and what waits for an
  // answer fails. Otherwise nothing could end the reader.
  server_ = ::fork();
  if (server_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(device.get(), *reads_);
  }
  device.reset();
  file_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;  // the kernel learns the size
  if (file_ && ::fstat(file_.get(), &status) != 0) file_.reset();
}

SlowFile::~SlowFile() {
  file_.reset();
  ::umount2(path_.c_str(), MNT_DETACH);
  if (server_ > 0) {
    ::kill(server_, SIGKILL);
    ::waitpid(server_, nullptr, 0);
  }
  ::unlink(path_.c_str());
  ::munmap(reads_, sizeof(SlowReads));
}

void SlowFile::set_delay_ms(int ms) noexcept { reads_->delay_ms = ms; }

std::vector<double> SlowFile::reads() const {
  const auto* first = reads_->seconds.data();
  return {first, first + reads_->count};
}

}  // namespace hx::test
