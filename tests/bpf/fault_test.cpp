// SPDX-License-Identifier: Apache-2.0
// Major faults on files whose pages are not in memory, against what the process and the file's
// server count of them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "bpf/block_support.h"
#include "bpf/support.h"

namespace hx::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr const char* kCount = "node_major_fault_seconds_count";
constexpr const char* kSum = "node_major_fault_seconds_sum";

// The probe; null where the kernel cannot have it, of which it must have been told.
CollectorPtr make_fault() {
  static const HostFs fs{HostRoots{}};
  auto made = probe_entry("fault").make({.fs = fs});
  if (made) return std::move(*made);
  MESSAGE("no latency of faults here: " << made.error().message());
  Sources sources;
  const auto sched = make_probe("sched", {.fs = fs, .sources = &sources});
  CHECK_FALSE(reason_of(sources, "sched_storage").empty());  // it needs task storage as well
  return nullptr;
}

// Memory that is a file, read a page a fault.
class Mapping {
 public:
  Mapping(std::size_t size, int fd)
      : size_(size),
        memory_(::mmap(nullptr, size, PROT_READ | (fd < 0 ? PROT_WRITE : 0),
                       MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0)) {
    REQUIRE(memory_ != MAP_FAILED);
    ::madvise(memory_, size_, MADV_RANDOM);
    ::madvise(memory_, size_, MADV_NOHUGEPAGE);
  }
  ~Mapping() { ::munmap(memory_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  volatile char& page(std::size_t number) {
    return static_cast<volatile char*>(memory_)[number * kPage];
  }

 private:
  std::size_t size_;
  void* memory_;
};

long major_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_majflt;
}

}  // namespace

TEST_CASE("fault: faults on a slow file are counted each once, as long as the file is slow") {
  SlowFile file;
  if (!file) {
    MESSAGE("skipped: no FUSE");
    return;
  }
  const auto probe = make_fault();
  if (!probe) return;
  constexpr std::size_t kFaults = 60;
  file.set_delay_ms(12);
  Mapping mapping(kFaults * kPage, file.fd());
  auto before = scrape(*probe);
  const long faults_before = major_faults();
  double waited = 0;
  for (std::size_t i = 0; i < kFaults; ++i) {
    const auto start = std::chrono::steady_clock::now();
    [[maybe_unused]] const char byte = mapping.page(i);
    waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  const auto faults = static_cast<double>(major_faults() - faults_before);
  auto after = scrape(*probe);
  const auto served = file.reads();
  double at_least = 0, slow = 0;
  for (const auto took : served) {
    at_least += took;
    slow += took > 0.0161;  // this machine itself had to wait
  }
  const auto grown = [&](const std::string& name) { return after[name] - before[name]; };
  const auto bucket = [&](const char* le) {
    return grown("node_major_fault_seconds_bucket{le=\"" + std::string(le) + "\"}");
  };
  MESSAGE(faults << " major faults, " << served.size() << " reads of " << at_least << " s, waited "
                 << waited << " s, counted " << grown(kSum) << " s");
  CHECK(faults == kFaults);
  CHECK(grown(kCount) >= kFaults);
  CHECK(grown(kCount) <= kFaults + 100);  // the host's others
  CHECK(grown(kSum) >= at_least);
  CHECK(bucket("0.016384") - bucket("0.008192") >= kFaults - slow - 5);
  if (grown(kCount) == kFaults) CHECK(grown(kSum) <= waited);
}

TEST_CASE("fault: minor faults are not counted") {
  const auto probe = make_fault();
  if (!probe) return;
  auto before = scrape(*probe);
  constexpr std::size_t kMinor = 20'000;
  Mapping mapping(kMinor * kPage, -1);
  for (std::size_t i = 0; i < kMinor; ++i) mapping.page(i) = 1;
  auto after = scrape(*probe);
  CHECK(after[kCount] - before[kCount] < kMinor / 10);
}

}  // namespace hx::test
