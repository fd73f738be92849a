// SPDX-License-Identifier: Apache-2.0
// Statistics of NFS mounts from /proc/self/mountstats, see nfsstat(8) and the kernel's
// fs/nfs/super.c, and their servers' addresses from /proc/self/mountinfo.
#include "collectors/mountstats.h"

#include <map>
#include <string>
#include <vector>

#include "collectors/collector.h"

namespace hx {
namespace {

// The value of an option such as "addr=192.168.1.1" of a list with commas.
std::string_view find_option(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    auto option = cut(options, ',');
    if (cut(option, '=') == name) return option;
  }
  return {};
}

// Views of mountinfo: a mount point's server. Of mounts on top of each other the last one counts.
using Addresses = std::map<std::string_view, std::string_view>;

Addresses parse_addresses(std::string_view mountinfo) {
  Addresses addresses;
  std::string_view line;
  while (next_line(mountinfo, line)) {
    for (int i = 0; i < 4; ++i) next_field(line);
    const auto mount_point = next_field(line);
    const auto separator = line.find(" - ");
    if (separator == std::string_view::npos) continue;
    line.remove_prefix(separator + 3);
    next_field(line);
    next_field(line);
    addresses[mount_point] = find_option(next_field(line), "addr");
  }
  return addresses;
}

// "device server:/export mounted on /mnt with fstype nfs4 statvers=1.1"
struct Mount {
  std::string_view device, mount_point, type;
};

Mount parse_mount(std::string_view line) {
  Mount mount;
  next_field(line);
  mount.device = next_field(line);
  next_field(line);
  next_field(line);
  mount.mount_point = next_field(line);
  next_field(line);
  next_field(line);
  mount.type = next_field(line);
  return mount;
}

// A mount's lines until the next mount: its protocol is known before its numbers are exported.
struct Statistics {
  std::string_view age, bytes, events;
  std::vector<std::string_view> transports, operations;
  bool are_by_operation = false;
};

void add_line(Statistics& statistics, std::string_view line) {
  line = trim(line);
  if (line == "per-op statistics") {
    statistics.are_by_operation = true;
  } else if (statistics.are_by_operation) {
    statistics.operations.push_back(line);
  } else {
    const auto name = cut(line, ':');
    if (name == "age") statistics.age = line;
    if (name == "bytes") statistics.bytes = line;
    if (name == "events") statistics.events = line;
    if (name == "xprt") statistics.transports.push_back(line);
  }
}

// A mount's labels, and one more of an operation or of a transport.
class MountSamples {
 public:
  MountSamples(GroupedSamples& samples, const Mount& mount, std::string_view address,
               std::string_view protocol)
      : samples_(samples),
        labels_{{"export", mount.device}, {"mountaddr", address}, {"protocol", protocol}} {}

  void add(const FieldMetric& metric, double value) {
    samples_.add(metric, Labels(labels_), value);
  }

  // The columns that are there of the text, up to one that is no number.
  void add_columns(std::span<const FieldMetric> columns, std::string_view text, Label label = {}) {
    auto labels = labels_;
    if (!label.first.empty()) labels.push_back(label);
    for (const auto& column : columns) {
      const auto value = to_u64(next_field(text));
      if (!value) return;
      if (!column.name.empty()) samples_.add(column, Labels(labels), *value);
    }
  }

 private:
  GroupedSamples& samples_;
  std::vector<Label> labels_;
};

void add_mount(GroupedSamples& samples, const Mount& mount, std::string_view address,
               const Statistics& statistics) {
  if (statistics.transports.empty()) return;
  auto first = statistics.transports[0];
  const auto protocol = next_field(first);
  samples.add(MetricType::kGauge, "node_mountstats_nfs_mountpoint_info",
              "Info metric for an NFS mountpoint.",
              {{"export", mount.device},
               {"mountaddr", address},
               {"mountpoint", mount.mount_point},
               {"protocol", protocol}},
              1);

  MountSamples added(samples, mount, address, protocol);
  static constexpr FieldMetric kAge{"age", "node_mountstats_nfs_age_seconds_total",
                                    "The age of the NFS mount in seconds."};
  if (const auto age = to_u64(trim(statistics.age))) added.add(kAge, static_cast<double>(*age));
  added.add_columns(mount_bytes(), statistics.bytes);
  added.add_columns(mount_events(), statistics.events);
  for (std::size_t i = 0; i < statistics.transports.size(); ++i) {
    auto rest = statistics.transports[i];
    const auto columns = mount_transport(next_field(rest));
    next_field(rest);  // the port
    added.add_columns(columns, rest, {"transport", std::to_string(i)});
  }
  for (auto line : statistics.operations) {
    const auto operation = cut(line, ':');
    added.add_columns(mount_operation(), line, {"operation", operation});
  }
}

class Mountstats final : public Collector {
 public:
  explicit Mountstats(const Context& context)
      : mountstats_(context.fs, "proc/self/mountstats"),
        mountinfo_(context.fs, "proc/self/mountinfo") {}

  // An export that is mounted twice has one set of statistics: the first, as upstream.
  Status collect(MetricSink& out) override {
    const auto text = mountstats_.read();
    if (!text) return text.error();
    const auto mountinfo = mountinfo_.read();
    if (!mountinfo) return mountinfo.error();
    const auto addresses = parse_addresses(*mountinfo);

    GroupedSamples samples;
    Mount mount;
    Statistics statistics;
    const auto finish = [&] {
      if (mount.type != "nfs" && mount.type != "nfs4") return;
      const auto address = addresses.find(mount.mount_point);
      add_mount(samples, mount, address == addresses.end() ? "" : address->second, statistics);
    };
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) {
      if (line.starts_with("device ")) {
        finish();
        statistics = {};
        mount = parse_mount(line);
      } else {
        add_line(statistics, line);
      }
    }
    finish();
    samples.write(out);
    return {};
  }

 private:
  HotFile mountstats_, mountinfo_;
};

}  // namespace

Result<CollectorPtr> make_mountstats(const Context& context) {
  return std::make_unique<Mountstats>(context);
}

}  // namespace hx
