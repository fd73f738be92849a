// SPDX-License-Identifier: Apache-2.0
#include "process/sampler.h"

#include <time.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::chrono::seconds kTick{1};

std::chrono::nanoseconds cpu_time_of_thread() noexcept {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

// "Pss:    1234 kB" in a line of its own.
std::optional<ProportionalMemory> parse_smaps_rollup(std::string_view text) {
  std::optional<std::uint64_t> resident, swapped;
  std::string_view line;
  while (next_line(text, line)) {
    const auto key = next_field(line);
    if (key == "Pss:") resident = to_u64(next_field(line));
    if (key == "SwapPss:") swapped = to_u64(next_field(line));
  }
  if (!resident) return std::nullopt;
  return ProportionalMemory{*resident * 1024, swapped.value_or(0) * 1024};
}

void SamplingPlan::add(ProcessId process) {
  auto& start_ns = starts_[process.pid];
  if (start_ns == process.start_ns) return;
  start_ns = process.start_ns;
  due_.push_front({process, Clock::time_point::min()});
}

// One that is gone has no such file. The wait of a thread that runs is "0", or empty without the
// right to know.
Result<Waits> SamplingPlan::read_waits(std::uint32_t pid) const {
  const auto directory = "proc/" + std::to_string(pid);
  Waits waits;
  const auto note = [&](std::string_view symbol) {
    if (!symbol.empty() && symbol != "0") ++waits[to_utf8(symbol)];
  };
  const auto threads = fs_.list(directory + "/task");
  if (!threads || threads->size() < 2) {
    const auto symbol = fs_.read_trimmed(directory + "/wchan");
    if (!symbol) return symbol.error();
    note(*symbol);
    return waits;
  }
  for (const auto& thread : *threads) {
    const auto symbol = fs_.read_trimmed(directory + "/task/" + thread + "/wchan");
    if (symbol) note(*symbol);
  }
  return waits;
}

std::optional<ProportionalMemory> SamplingPlan::read_memory(std::uint32_t pid) const {
  if (!with_memory_) return std::nullopt;
  const auto text = fs_.read("proc/" + std::to_string(pid) + "/smaps_rollup");
  return text ? parse_smaps_rollup(*text) : std::nullopt;
}

void SamplingPlan::read_next(Clock::time_point now, std::vector<ProcessSample>& samples) {
  const auto process = due_.front().process;
  due_.pop_front();
  const auto known = starts_.find(process.pid);
  if (known == starts_.end() || known->second != process.start_ns) return;  // another has its id
  auto waits = read_waits(process.pid);
  if (!waits && (waits.error().is_absent() || waits.error().code == ESRCH)) {
    starts_.erase(known);
    return;
  }
  due_.push_back({process, now + kInterval});
  const auto memory = read_memory(process.pid);
  if (!waits) waits = Waits();
  samples.push_back({process, memory, std::move(*waits), now});
}

Sampler::Sampler(const HostFs& fs, bool with_memory)
    : plan_(fs, with_memory), thread_([this] { work(); }) {}

Sampler::~Sampler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Sampler::add(const std::vector<ProcessId>& processes) {
  const std::lock_guard lock(mutex_);
  added_.insert(added_.end(), processes.begin(), processes.end());
}

std::vector<ProcessSample> Sampler::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(samples_, {});
}

// A process that takes longer than what is left of the share is read all the same, and its time is
// owed: the next ones wait for as long.
void Sampler::work() {
  std::vector<ProcessId> added;
  std::vector<ProcessSample> samples;
  const auto begin = SamplingPlan::Clock::now();
  const auto cpu_begin = cpu_time_of_thread();
  std::chrono::duration<double> idle{0};  // whose share is forgotten
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kTick, [this] { return stopping_; })) {
    added.swap(added_);
    lock.unlock();
    for (const auto& process : added) plan_.add(process);
    added.clear();
    const auto now = SamplingPlan::Clock::now();
    const auto allowed = [&] { return kCpuShare * (now - begin - idle); };
    plan_.run(now, samples, [&] { return cpu_time_of_thread() - cpu_begin < allowed(); });
    // What was not needed by now must not be spent at once later.
    const std::chrono::duration<double> left = allowed() - (cpu_time_of_thread() - cpu_begin);
    if (left.count() > 0) idle += left / kCpuShare;
    lock.lock();
    std::move(samples.begin(), samples.end(), std::back_inserter(samples_));
    samples.clear();
  }
}

}  // namespace hx
