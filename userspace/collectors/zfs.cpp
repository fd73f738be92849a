// SPDX-License-Identifier: Apache-2.0
// ZFS's own statistics from /proc/spl/kstat/zfs, see zfs(4) and kstat(9).
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/device_dir.h"
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr std::string_view kKstat = "proc/spl/kstat/zfs";

// Which file's values have which prefix.
struct File {
  std::string_view name, prefix;
};
constexpr std::array<File, 11> kFiles{{{"abdstats", "node_zfs_abd_"},
                                       {"arcstats", "node_zfs_arc_"},
                                       {"dbufstats", "node_zfs_dbuf_"},
                                       {"dmu_tx", "node_zfs_dmu_tx_"},
                                       {"dnodestats", "node_zfs_dnode_"},
                                       {"fm", "node_zfs_fm_"},
                                       {"vdev_cache_stats", "node_zfs_vdev_cache_"},
                                       {"vdev_mirror_stats", "node_zfs_vdev_mirror_"},
                                       {"xuio_stats", "node_zfs_xuio_"},
                                       {"zfetchstats", "node_zfs_zfetch_"},
                                       {"zil", "node_zfs_zil_"}}};
constexpr std::array<std::string_view, 7> kPoolStates{"online",  "degraded", "faulted",  "offline",
                                                      "removed", "unavail",  "suspended"};

// A line "name type data" of a kstat.
struct Kstat {
  std::string_view name, type, data;
};
// Calls use(Kstat) for each line below the titles "name type data".
template <class Use>
void for_each_kstat(std::string_view text, const Use& use) {
  std::string_view line;
  bool is_below = false;
  while (next_line(text, line)) {
    Kstat kstat{next_field(line), next_field(line), trim(line)};
    if (is_below && !kstat.data.empty()) use(kstat);
    if (kstat.name == "name" && kstat.type == "type" && kstat.data == "data") is_below = true;
  }
}

// KSTAT_DATA_INT64 and KSTAT_DATA_UINT64; the other types are no numbers, or not used.
std::optional<double> parse_number(const Kstat& kstat) {
  if (kstat.type == "3") {
    if (const auto value = to_i64(kstat.data)) return static_cast<double>(*value);
  } else if (kstat.type == "4") {
    if (const auto value = to_u64(kstat.data)) return static_cast<double>(*value);
  }
  return std::nullopt;
}

void add(GroupedSamples& samples, std::string_view prefix, std::string_view file,
         std::string_view field, std::initializer_list<Label> labels, double value) {
  samples.add(MetricType::kUntyped, std::string(prefix) + to_metric_name(field),
              "kstat.zfs.misc." + std::string(file) + "." + to_utf8(field), labels, value);
}

// The directory of a pool. Its data sets come and go.
struct Pool {
  Pool(const HostFs& own_fs, std::string own_name, std::string own_dir)
      : fs(own_fs), name(std::move(own_name)), dir(std::move(own_dir)) {}

  void refresh() {
    const auto names = fs.list(dir).value_or({});
    std::erase_if(files, [&](const auto& file) {
      return !std::binary_search(names.begin(), names.end(), file.first);
    });
    for (const auto& file : names) {
      if (file.starts_with(kDataset) || file == "io" || file == "state") {
        files.try_emplace(file, fs, dir + "/" + file);
      }
    }
  }

  std::size_t file_count() const noexcept { return files.size(); }

  static constexpr std::string_view kDataset = "objset-";
  const HostFs& fs;
  std::string name, dir;
  std::map<std::string, HotFile> files;  // by name
};

class Zfs final : public Collector {
 public:
  explicit Zfs(const HostFs& fs)
      : pools_(fs, std::string(kKstat), [&fs](const std::string& name, std::string dir) {
          return std::make_unique<Pool>(fs, name, std::move(dir));
        }) {
    files_.reserve(kFiles.size());
    for (const auto& file : kFiles) {
      files_.emplace_back(fs, std::string(kKstat) + "/" + std::string(file.name));
    }
  }

  Status collect(MetricSink& out) override {
    if (auto ok = pools_.refresh(); !ok) return ok;
    GroupedSamples samples;
    for (std::size_t i = 0; i < kFiles.size(); ++i) {
      const auto text = files_[i].read();
      if (text) add_file(samples, kFiles[i], *text);  // each release of ZFS has others
    }
    for (auto* pool : pools_.devices()) pool->refresh();
    for (auto* pool : pools_.devices()) add_pool(samples, *pool, pools_.keeps_open());
    samples.write(out);
    return {};
  }

 private:
  static void add_file(GroupedSamples& samples, const File& file, std::string_view text) {
    for_each_kstat(text, [&](const Kstat& kstat) {
      const auto value = parse_number(kstat);
      if (value) add(samples, file.prefix, file.name, kstat.name, {}, *value);
    });
  }

  // A pool that is exported meanwhile has no files any more.
  static void add_pool(GroupedSamples& samples, Pool& pool, bool keeps_open) {
    for (auto& [name, file] : pool.files) {
      const auto text = file.read();
      if (text && name.starts_with(Pool::kDataset)) add_dataset(samples, pool.name, *text);
      if (text && name == "io") add_io(samples, pool.name, *text);
      if (text && name == "state") add_state(samples, pool.name, std::string(trim(*text)));
      if (!keeps_open) file.close();
    }
  }

  // A line of names that begins with "nread", then one of values.
  static void add_io(GroupedSamples& samples, std::string_view pool, std::string_view text) {
    std::string_view names, values;
    while (next_line(text, names) && !names.starts_with("nread ")) continue;
    next_line(text, values);
    for (auto name = next_field(names); !name.empty(); name = next_field(names)) {
      const auto value = to_u64(next_field(values));
      if (!value) return;
      add(samples, "node_zfs_zpool_", "io", name, {{"zpool", pool}}, static_cast<double>(*value));
    }
  }

  static void add_dataset(GroupedSamples& samples, std::string_view pool, std::string_view text) {
    std::string_view dataset;
    for_each_kstat(text, [&](const Kstat& kstat) {
      if (kstat.name == "dataset_name") dataset = kstat.data;
      const auto value = parse_number(kstat);
      if (!value) return;
      add(samples, "node_zfs_zpool_dataset_", "objset", kstat.name,
          {{"dataset", dataset}, {"zpool", pool}}, *value);
    });
  }

  static void add_state(GroupedSamples& samples, std::string_view pool, std::string state) {
    std::transform(state.begin(), state.end(), state.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (const auto known : kPoolStates) {
      samples.add(MetricType::kGauge, "node_zfs_zpool_state", "kstat.zfs.misc.state",
                  {{"state", known}, {"zpool", pool}}, state == known ? 1 : 0);
    }
  }

  std::vector<HotFile> files_;
  DeviceDir<Pool> pools_;
};

}  // namespace

Result<CollectorPtr> make_zfs(const Context& context) { return std::make_unique<Zfs>(context.fs); }

}  // namespace hx
