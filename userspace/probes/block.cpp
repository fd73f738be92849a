// SPDX-License-Identifier: Apache-2.0
// Latency and size of block requests, from bpf/block.bpf.c.
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "bpf/block_abi.h"
#include "loader/features.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "metrics/histogram_bounds.h"
#include "probes/probe.h"
#include "skeletons/block.skel.h"

namespace hx {
namespace {

using Entry = HashView<block_key, block_hist>::Entry;

// enum req_op of include/linux/blk_types.h. Whatever is not a file system's business (SCSI and
// driver commands) is "driver".
std::string_view op_name(std::uint32_t op) noexcept {
  switch (op) {
    case 0: return "read";
    case 1: return "write";
    case 2: return "flush";
    case 3: return "discard";
    case 5: return "secure_erase";
    case 7:
    case 9: return "write_zeroes";  // 7 was renumbered in 4.20-5.0
    case 6:
    case 10:
    case 11:
    case 12:
    case 13:
    case 15:
    case 17: return "zone";
    default: return "driver";
  }
}

// Disk names by device number, as /proc/diskstats shows them. Read again when an unknown number
// turns up: disks come and go.
class DiskNames {
 public:
  explicit DiskNames(const HostFs& fs) : diskstats_(fs, "proc/diskstats") {}

  std::string name(std::uint32_t major, std::uint32_t minor) {
    const auto key = std::pair(major, minor);
    if (!names_.contains(key)) read();
    const auto found = names_.find(key);
    if (found != names_.end()) return found->second;
    return std::to_string(major) + ":" + std::to_string(minor);
  }

 private:
  void read() {
    auto text = diskstats_.read();
    if (!text) return;
    names_.clear();
    std::string_view line;
    while (next_line(*text, line)) {
      const auto major = to_number<std::uint32_t>(next_field(line));
      const auto minor = to_number<std::uint32_t>(next_field(line));
      if (major && minor) names_[{*major, *minor}] = next_field(line);
    }
  }

  HotFile diskstats_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> names_;
};

class Block final : public Collector {
 public:
  Block(const HostFs& fs, Skeleton<block_bpf> skeleton, HashView<block_key, block_hist> latency)
      : skeleton_(std::move(skeleton)), latency_(std::move(latency)), names_(fs) {}

  Status collect(MetricSink& out) override {
    const auto entries = latency_.read();
    if (!entries) return entries.error();
    series_.clear();
    for (const auto& entry : **entries) {
      series_.push_back(
          {names_.name(entry.key.major, entry.key.minor), op_name(entry.key.op), &entry.value});
    }
    std::sort(series_.begin(), series_.end(), [](const Series& a, const Series& b) {
      return std::tie(a.device, a.op) < std::tie(b.device, b.op);
    });
    merge_same_labels();

    auto latency = out.histogram("node_block_io_latency_seconds",
                                 "Time from making a block request to its completion.");
    for (const auto& s : series_) {
      if (has_samples(s.hist->time_slots)) {
        latency.add({{"device", s.device}, {"op", s.op}},
                    HistogramData{kTimeBounds, s.hist->time_slots,
                                  static_cast<double>(s.hist->time_sum_ns) * kNanosecond});
      }
    }
    auto size = out.histogram("node_block_io_size_bytes", "Bytes of a completed block request.");
    for (const auto& s : series_) {
      if (has_samples(s.hist->size_slots)) {
        size.add({{"device", s.device}, {"op", s.op}},
                 HistogramData{kSizeBounds, s.hist->size_slots,
                               static_cast<double>(s.hist->size_sum_bytes)});
      }
    }
    add_lost(out);
    return {};
  }

 private:
  struct Series {
    std::string device;
    std::string_view op;
    const block_hist* hist;
  };

  static bool has_samples(std::span<const unsigned long long> slots) {
    return std::any_of(slots.begin(), slots.end(), [](auto count) { return count != 0; });
  }

  // Several operation numbers share a name: a series must appear once.
  void merge_same_labels() {
    merged_.clear();
    merged_.reserve(series_.size());
    std::vector<Series> unique;
    for (const auto& s : series_) {
      if (unique.empty() || unique.back().device != s.device || unique.back().op != s.op) {
        unique.push_back(s);
        continue;
      }
      auto& sum = merged_.emplace_back(*unique.back().hist);
      for (std::size_t i = 0; i < HIST_TIME_SLOTS; ++i) sum.time_slots[i] += s.hist->time_slots[i];
      for (std::size_t i = 0; i < HIST_SIZE_SLOTS; ++i) sum.size_slots[i] += s.hist->size_slots[i];
      sum.time_sum_ns += s.hist->time_sum_ns;
      sum.size_sum_bytes += s.hist->size_sum_bytes;
      unique.back().hist = &sum;
    }
    series_.swap(unique);
  }

  void add_lost(MetricSink& out) {
    const auto& lost = skeleton_->bss->lost;
    auto uncounted = out.counter("host_exporter_block_requests_uncounted_total",
                                 "Completed block requests that are in no histogram.");
    uncounted.add({{"reason", "map_full"}}, lost.map_full);
    uncounted.add({{"reason", "no_disk"}}, lost.no_disk);
    uncounted.add({{"reason", "queue_iostats_off"}}, lost.no_start_time);
  }

  Skeleton<block_bpf> skeleton_;
  HashView<block_key, block_hist> latency_;
  DiskNames names_;
  std::vector<Series> series_;
  std::vector<block_hist> merged_;
};

Result<std::uint32_t> flush_seq_flag() {
  const auto types = KernelTypes::load();
  if (!types) return types.error();
  if (!types->has_member("request", "start_time_ns")) {
    return Error{ENOTSUP, "this kernel's requests carry no start time"};
  }
  // 5f89154e8e9e ("block: Use enum to define RQF_x bit indexes"), 6.11; a macro before.
  const auto bit = types->enumerator("rqf_flags", "__RQF_FLUSH_SEQ");
  return bit ? 1U << *bit : 1U << 4;
}

// Room for the disks that are there, four operations each, and as many to come.
std::uint32_t map_entries(const HostFs& fs) {
  const auto diskstats = fs.read("proc/diskstats");
  const auto disks = diskstats ? std::count(diskstats->begin(), diskstats->end(), '\n') : 0;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(disks * 8, 128, BLOCK_MAX_KEYS));
}

}  // namespace

Result<CollectorPtr> make_block(const ProbeContext& context) {
  const auto flag = flush_seq_flag();
  if (!flag) return flag.error();
  auto skeleton = Skeleton<block_bpf>::open();
  if (!skeleton) return skeleton.error();
  (*skeleton)->rodata->flush_seq_flag = *flag;
  bpf_map__set_max_entries((*skeleton)->maps.block_latency, map_entries(context.fs));
  if (auto ok = skeleton->load(); !ok) return ok.error();
  auto latency = HashView<block_key, block_hist>::of((*skeleton)->maps.block_latency);
  if (!latency) return latency.error();
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  return std::make_unique<Block>(context.fs, std::move(*skeleton), std::move(*latency));
}

}  // namespace hx
