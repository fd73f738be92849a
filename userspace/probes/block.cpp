// SPDX-License-Identifier: Apache-2.0
// Latency, size and errors of block requests, from bpf/block.bpf.c.
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "bpf/block_abi.h"
#include "loader/features.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "metrics/histogram_bounds.h"
#include "probes/block_disks.h"
#include "probes/block_groups.h"
#include "probes/block_names.h"
#include "probes/probe.h"
#include "skeletons/block.skel.h"

namespace hx {
namespace {

// By device and operation, sorted. Several numbers of operations share a name, of which a series
// appears once.
using Names = std::pair<std::string, std::string_view>;
template <class Value>
using Series = std::map<Names, Value>;

template <std::size_t N>
void add(unsigned long long (&sum)[N], const unsigned long long (&more)[N]) {
  for (std::size_t i = 0; i < N; ++i) sum[i] += more[i];
}

void add(block_hist& sum, const block_hist& more) {
  add(sum.time_slots, more.time_slots);
  add(sum.size_slots, more.size_slots);
  sum.time_sum_ns += more.time_sum_ns;
  sum.size_sum_bytes += more.size_sum_bytes;
}

void add(block_split& sum, const block_split& more) {
  add(sum.queue_slots, more.queue_slots);
  add(sum.device_slots, more.device_slots);
  sum.queue_sum_ns += more.queue_sum_ns;
  sum.device_sum_ns += more.device_sum_ns;
}

bool has_samples(std::span<const unsigned long long> slots) {
  return std::any_of(slots.begin(), slots.end(), [](auto count) { return count != 0; });
}

// Writes a histogram of each series that has samples; `data_of` makes it from a value.
template <class Value, class DataOf>
void write(HistogramFamily family, const Series<Value>& series, DataOf data_of) {
  for (const auto& [names, value] : series) {
    const HistogramData data = data_of(value);
    if (has_samples(data.counts)) family.add({{"device", names.first}, {"op", names.second}}, data);
  }
}

class Block final : public Collector {
 public:
  using Latency = HashView<block_key, block_hist>;
  using Parts = HashView<block_key, block_split>;
  using Errors = HashView<block_error_key, __u64>;

  Block(const HostFs& fs, std::shared_ptr<const Skeleton<block_bpf>> skeleton, BlockDisks disks,
        Latency latency, Errors errors, std::optional<Parts> parts)
      : skeleton_(std::move(skeleton)),
        disks_(std::move(disks)),
        latency_(std::move(latency)),
        errors_(std::move(errors)),
        parts_(std::move(parts)),
        names_(fs) {}

  Status collect(MetricSink& out) override {
    if (auto ok = add_latency(out); !ok) return ok;
    if (parts_) {
      if (auto ok = add_parts(out); !ok) return ok;
    }
    if (auto ok = add_errors(out); !ok) return ok;
    add_lost(out);
    return {};
  }

 private:
  Names names_of(const block_key& key) {
    return {names_.name(key.major, key.minor), block_op_name(key.op)};
  }

  template <class Value>
  Result<Series<Value>> read(HashView<block_key, Value>& map) {
    const auto entries = map.read();
    if (!entries) return entries.error();
    Series<Value> series;
    for (const auto& entry : **entries) add(series[names_of(entry.key)], entry.value);
    return series;
  }

  Status add_latency(MetricSink& out) {
    const auto entries = latency_.read();
    if (!entries) return entries.error();
    Series<block_hist> series;
    for (const auto& [key, hist] : **entries) add(series[names_of(key)], hist);
    disks_.read([&](const block_key& key, const block_hist& hist) {
      if (has_samples(hist.time_slots) || has_samples(hist.size_slots)) {
        add(series[names_of(key)], hist);
      }
    });
    for (const auto& [key, hist] : **entries) {
      if (key.op < BLOCK_DISK_OPS) disks_.add(key.major, key.minor);
    }
    write(out.histogram("node_block_io_latency_seconds",
                        "Time from making a block request to its completion."),
          series, [](const block_hist& h) { return seconds_of(h.time_slots, h.time_sum_ns); });
    write(out.histogram("node_block_io_size_bytes", "Bytes of a completed block request."), series,
          [](const block_hist& h) {
            return HistogramData{kSizeBounds, h.size_slots, static_cast<double>(h.size_sum_bytes)};
          });
    return {};
  }

  Status add_parts(MetricSink& out) {
    const auto series = read(*parts_);
    if (!series) return series.error();
    write(out.histogram("node_block_io_queue_seconds",
                        "Time from making a block request until the device got it."),
          *series, [](const block_split& s) { return seconds_of(s.queue_slots, s.queue_sum_ns); });
    write(out.histogram("node_block_io_device_seconds",
                        "Time that the device took for a block request."),
          *series,
          [](const block_split& s) { return seconds_of(s.device_slots, s.device_sum_ns); });
    return {};
  }

  Status add_errors(MetricSink& out) {
    const auto entries = errors_.read();
    if (!entries) return entries.error();
    std::map<std::pair<Names, std::string_view>, std::uint64_t> series;
    for (const auto& [key, count] : **entries) {
      series[{names_of(key.key), block_status_name(key.error)}] += count;
    }
    auto errors = out.counter("node_block_io_errors_total",
                              "Block requests, or parts of them, that ended with an error.");
    for (const auto& [names, count] : series) {
      const auto& [device, op] = names.first;
      errors.add({{"device", device}, {"op", op}, {"status", names.second}}, count);
    }
    return {};
  }

  void add_lost(MetricSink& out) {
    const auto& lost = (*skeleton_)->bss->lost;
    auto uncounted = out.counter("host_exporter_block_requests_uncounted_total",
                                 "Completed block requests that are in no histogram.");
    uncounted.add({{"reason", "errors_full"}}, lost.errors_full);
    uncounted.add({{"reason", "map_full"}}, lost.map_full);
    uncounted.add({{"reason", "no_disk"}}, lost.no_disk);
    if (parts_) uncounted.add({{"reason", "not_split"}}, lost.not_split);
    uncounted.add({{"reason", "queue_iostats_off"}}, lost.no_start_time);
    if (!(*skeleton_)->rodata->by_owner) return;
    out.counter("host_exporter_block_owners_lost_total",
                "Block requests whose owner found no room: they count for another, or for none.")
        .add((*skeleton_)->bss->owners_lost);
  }

  std::shared_ptr<const Skeleton<block_bpf>> skeleton_;
  BlockDisks disks_;
  Latency latency_;
  Errors errors_;
  std::optional<Parts> parts_;
  DiskNames names_;
};

// What this kernel's requests need of the program.
Status fit_to_kernel(Skeleton<block_bpf>& skeleton, const ProbeOptions& options) {
  const auto types = KernelTypes::load();
  if (!types) return types.error();
  if (!types->has_member("request", "start_time_ns")) {
    return Error{ENOTSUP, "this kernel's requests carry no start time"};
  }
  // 5f89154e8e9e ("block: Use enum to define RQF_x bit indexes"), 6.11; a macro before.
  const auto bit = types->enumerator("rqf_flags", "__RQF_FLUSH_SEQ");
  skeleton->rodata->flush_seq_flag = bit ? 1U << *bit : 1U << 4;
  skeleton->rodata->getrq_has_queue = types->tracepoint_arguments("block_getrq") > 1;
  skeleton->rodata->split = options.block_split;
  return {};
}

// Major and minor number.
using DiskNumber = std::pair<std::uint32_t, std::uint32_t>;

// The disks that are there; partitions have no requests of their own.
std::vector<DiskNumber> read_disks(const HostFs& fs) {
  std::vector<DiskNumber> disks;
  for (const auto& name : fs.list("sys/block").value_or({})) {
    auto number = fs.read_trimmed("sys/block/" + name + "/dev").value_or({});
    std::string_view rest = number;
    const auto major = to_number<std::uint32_t>(cut(rest, ':'));
    const auto minor = to_number<std::uint32_t>(rest);
    if (major && minor) disks.emplace_back(*major, *minor);
  }
  return disks;
}

// Room for these disks and as many to come; in the hash, for their other operations and for those
// that have no place in the array.
void make_room(const Skeleton<block_bpf>& skeleton, std::size_t disks) {
  const auto in_array = std::clamp<std::size_t>(disks * 2, 16, BLOCK_MAX_DISKS);
  const auto left = disks * 2 > in_array ? disks * 2 - in_array : 0;
  const auto entries = std::clamp<std::size_t>(in_array + left * 4, 64, BLOCK_MAX_KEYS);
  const auto& maps = skeleton->maps;
  bpf_map__set_max_entries(maps.block_disk_latency,
                           static_cast<std::uint32_t>(in_array * BLOCK_DISK_OPS));
  bpf_map__set_max_entries(maps.block_latency, static_cast<std::uint32_t>(entries));
  const auto parts = std::clamp<std::size_t>(disks * 8, 128, BLOCK_MAX_KEYS);
  bpf_map__set_max_entries(maps.block_parts, static_cast<std::uint32_t>(parts));
}

Result<Skeleton<block_bpf>> load(const ProbeContext& context, std::size_t disks,
                                 const GroupNumbers* numbers) {
  auto skeleton = Skeleton<block_bpf>::open();
  if (!skeleton) return skeleton.error();
  if (auto ok = fit_to_kernel(*skeleton, context.options); !ok) return ok.error();
  make_room(*skeleton, disks);
  bpf_map__set_autocreate((*skeleton)->maps.block_parts, context.options.block_split);
  if (auto ok = prepare_block_groups(*skeleton, numbers); !ok) return ok.error();
  if (auto ok = skeleton->load(); !ok) return ok.error();
  return skeleton;
}

// By owner where somebody wants that and this kernel lets it.
Result<Skeleton<block_bpf>> load(const ProbeContext& context, std::size_t disks) {
  const auto* groups = context.options.block_owners ? context.groups : nullptr;
  if (groups == nullptr || !groups->numbers) return load(context, disks, nullptr);
  auto skeleton = load(context, disks, groups->numbers.get());
  context.tell("block_owners", skeleton ? Status() : skeleton.error());
  return skeleton ? std::move(skeleton) : load(context, disks, nullptr);
}

}  // namespace

Result<CollectorPtr> make_block(const ProbeContext& context) {
  const auto numbers = read_disks(context.fs);
  auto loaded = load(context, numbers.size());
  if (!loaded) return loaded.error();
  const auto skeleton = std::make_shared<Skeleton<block_bpf>>(std::move(*loaded));
  const auto& maps = (*skeleton)->maps;
  auto disks = BlockDisks::of(maps.block_disks, maps.block_disk_latency);
  if (!disks) return disks.error();
  for (const auto& [major, minor] : numbers) disks->add(major, minor);
  auto latency = Block::Latency::of(maps.block_latency);
  if (!latency) return latency.error();
  auto errors = Block::Errors::of(maps.block_errors);
  if (!errors) return errors.error();
  std::optional<Block::Parts> parts;
  if (context.options.block_split) {
    auto view = Block::Parts::of(maps.block_parts);
    if (!view) return view.error();
    parts.emplace(std::move(*view));
  }
  if ((*skeleton)->rodata->by_owner) {
    if (auto ok = add_block_groups(skeleton, *context.groups); !ok) return ok.error();
  }
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  return std::make_unique<Block>(context.fs, skeleton, std::move(*disks), std::move(*latency),
                                 std::move(*errors), std::move(parts));
}

}  // namespace hx
