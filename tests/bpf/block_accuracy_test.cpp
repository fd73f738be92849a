// SPDX-License-Identifier: Apache-2.0
// Latencies of a disk whose slowness is known, against what its server and its client measure: no
// request can be faster than the server is, nor slower than what the client has waited for it.
#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numeric>

#include "bpf/block_support.h"
#include "bpf/support.h"

namespace hx::test {
namespace {

constexpr std::size_t kBlock = 4096;

// While it lives, this thread takes the CPU from nobody when it is woken.
class Batch {
 public:
  Batch() noexcept { set(SCHED_BATCH); }
  ~Batch() { set(SCHED_OTHER); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

 private:
  static void set(int policy) noexcept {
    const sched_param priority{};
    ::sched_setscheduler(0, policy, &priority);
  }
};

// The seconds that the client waits for each of so many direct reads. /proc/diskstats looks at the
// clock after it has woken the client, which is not to come in between.
std::vector<double> read_blocks(const LoopDevice& loop, int count) {
  const Batch batch;
  const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, kBlock),
                                                      std::free);
  std::vector<double> waited;
  for (int i = 0; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(::pread(loop.fd(), buffer.get(), kBlock, i * 4096L) == static_cast<ssize_t>(kBlock));
    waited.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return waited;
}

// Whoever waits for a request is woken before the kernel counts it.
DiskStats diskstats_after(const LoopDevice& loop, double reads) {
  auto stats = read_diskstats(loop.name());
  for (int tries = 0; stats.reads < reads && tries < 1000; ++tries) {
    sleep_ms(1);
    stats = read_diskstats(loop.name());
  }
  return stats;
}

std::string series(const LoopDevice& loop, const std::string& name, const std::string& le = "") {
  return "node_block_io_latency_seconds_" + name + "{device=\"" + loop.name() + "\"" + le +
         ",op=\"read\"}";
}

// Upper bounds and the growth of the cumulated count.
using Buckets = std::map<double, double>;
Buckets buckets_of(const LoopDevice& loop, const std::map<std::string, double>& before,
                   const std::map<std::string, double>& after) {
  Buckets buckets;
  const auto all = series(loop, "bucket");
  const auto prefix = all.substr(0, all.find(",op=")) + ",le=\"";
  for (const auto& [name, value] : after) {
    if (!name.starts_with(prefix) || !name.ends_with("op=\"read\"}")) continue;
    const auto old = before.find(name);
    buckets[std::strtod(name.c_str() + prefix.size(), nullptr)] =
        value - (old == before.end() ? 0 : old->second);
  }
  return buckets;
}

// Powers of two from 1 us on.
int bucket_of(double seconds) { return static_cast<int>(std::ceil(std::log2(seconds * 1e6))); }

std::size_t rank_of(double quantile, std::size_t count) {
  return static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(count)));
}

int bucket_at(const Buckets& buckets, double quantile, std::size_t count) {
  const auto rank = static_cast<double>(rank_of(quantile, count));
  const auto found = std::find_if(buckets.begin(), buckets.end(),
                                  [&](const auto& bucket) { return bucket.second >= rank; });
  REQUIRE(found != buckets.end());
  return bucket_of(found->first);
}

int bucket_at(std::vector<double> values, double quantile) {
  std::sort(values.begin(), values.end());
  return bucket_of(values[rank_of(quantile, values.size()) - 1]);
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// The same reads as each of those who measure them sees them.
struct Measured {
  std::vector<double> served, waited;  // seconds
  double count = 0, counted_seconds = 0;
  Buckets buckets;
  double stats_reads = 0, stats_seconds = 0;
};

Measured measure(const LoopDevice& loop, const SlowFile& file, Collector& probe, int count) {
  Measured seen;
  const auto stats_at_first = read_diskstats(loop.name());
  read_blocks(loop, 1);  // what was read before is counted by now
  const auto stats_before = diskstats_after(loop, stats_at_first.reads + 1);
  auto before = scrape(probe);
  const auto served_before = static_cast<std::ptrdiff_t>(file.reads().size());

  seen.waited = read_blocks(loop, count);
  const auto stats = diskstats_after(loop, stats_before.reads + count);
  auto after = scrape(probe);

  const auto served = file.reads();
  seen.served.assign(served.begin() + served_before, served.end());
  seen.count = after[series(loop, "count")] - before[series(loop, "count")];
  seen.counted_seconds = after[series(loop, "sum")] - before[series(loop, "sum")];
  seen.buckets = buckets_of(loop, before, after);
  seen.stats_reads = stats.reads - stats_before.reads;
  seen.stats_seconds = (stats.read_ms - stats_before.read_ms) * 1e-3;
  return seen;
}

void check_truth(const Measured& seen, int delay_ms, int count) {
  REQUIRE(seen.served.size() == static_cast<std::size_t>(count));
  CHECK(seen.count == count);
  CHECK(seen.stats_reads == count);
  CHECK(seen.counted_seconds >= sum(seen.served));
  CHECK(seen.counted_seconds <= sum(seen.waited));
  const auto counted_at = [&](double quantile) {
    return bucket_at(seen.buckets, quantile, seen.waited.size());
  };
  CHECK(counted_at(1e-9) >= bucket_of(delay_ms * 1e-3));
  for (const double quantile : {0.1, 0.5, 0.9, 1.0}) {
    CAPTURE(quantile);
    CHECK(counted_at(quantile) >= bucket_at(seen.served, quantile));
    CHECK(counted_at(quantile) <= bucket_at(seen.waited, quantile));
  }
  CHECK(bucket_at(seen.waited, 0.5) - counted_at(0.5) <= 1);
}

}  // namespace

TEST_CASE("block: of a disk of known slowness, quantiles and sums are true") {
  SlowFile file;
  const LoopDevice loop(file.fd());
  if (!file || !loop) {
    MESSAGE("skipped: " << (file ? "no loop device" : "no FUSE") << " here");
    return;
  }
  const HostFs fs{HostRoots{}};
  const auto probe = make_probe("block", {.fs = fs});
  int delay_ms = 0, count = 0;
  SUBCASE("3 ms") { delay_ms = 3, count = 100; }
  SUBCASE("20 ms") { delay_ms = 20, count = 25; }
  file.set_delay_ms(delay_ms);

  // /proc/diskstats looks at the clock after it has woken who waits, and may lose the CPU to it: on
  // a busy machine the two agree in one of several rounds.
  bool agree = false;
  for (int round = 0; round < 10 && !agree; ++round) {
    const auto seen = measure(loop, file, *probe, count);
    check_truth(seen, delay_ms, count);
    agree = std::abs(seen.stats_seconds - seen.counted_seconds) <= 0.02 * seen.counted_seconds;
    MESSAGE(count << " reads of " << delay_ms << " ms, seconds: " << sum(seen.served) << " served, "
                  << seen.counted_seconds << " counted, " << seen.stats_seconds
                  << " in /proc/diskstats, " << sum(seen.waited) << " waited for");
  }
  CHECK_MESSAGE(agree, "/proc/diskstats and the histogram agree to 2 %");
}

}  // namespace hx::test
