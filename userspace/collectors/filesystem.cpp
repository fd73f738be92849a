// SPDX-License-Identifier: Apache-2.0
// Size and state of mounted file systems from /proc/1/mountinfo and statfs(2), see proc(5).
#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <vector>

#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// An entry of the mount table. The same file system may be mounted twice in one place: what is
// exported by name is exported once.
struct Mount {
  std::string device, mountpoint, fstype, major, minor;
  bool read_only = false;
  bool repeated = false;  // device, mount point and type are those of an earlier entry

  std::string path;   // of the mount point on this machine
  std::string error;  // of the last statfs(2); empty for none
  struct ::statfs usage {};

  auto name() const { return std::tie(mountpoint, device, fstype); }
  auto key() const { return std::tie(mountpoint, device, fstype, major, minor); }
};

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    if (cut(options, ',') == wanted) return true;
  }
  return false;
}

// "36 35 98:0 /root /mount/point options optional... - type device options"; fields may be empty
// behind the dash. As upstream, the device keeps the kernel's escapes.
std::optional<Mount> parse_mount(std::string_view line) {
  next_field(line);
  next_field(line);
  auto number = next_field(line);
  next_field(line);
  const auto mountpoint = next_field(line), options = next_field(line);
  auto field = next_field(line);
  while (!field.empty() && field != "-") field = next_field(line);
  if (field.empty() || line.empty()) return std::nullopt;
  line.remove_prefix(1);

  Mount mount;
  mount.mountpoint = unescape_octal(mountpoint);
  mount.fstype = cut(line, ' ');
  mount.device = cut(line, ' ');
  mount.read_only = has_option(options, "ro") || has_option(line, "ro");
  mount.major = cut(number, ':');
  mount.minor = number;
  if (!mount.mountpoint.starts_with('/') || mount.fstype.empty() || !to_u64(mount.major) ||
      !to_u64(mount.minor)) {
    return std::nullopt;
  }
  return mount;
}

// An error in the words of upstream's, which are Go's: they are the values of a label.
std::string describe(int code) {
  if (code == ESTALE) return "stale NFS file handle";
  std::string text = std::strerror(code);
  const bool is_word = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0;
  if (is_word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

// What statfs(2) says, as exported.
struct Metric {
  std::string_view name, help;
  double (*value)(const struct ::statfs& usage);
};

double bytes(const struct ::statfs& usage, fsblkcnt_t blocks) {
  return static_cast<double>(blocks) * static_cast<double>(usage.f_bsize);
}

constexpr std::array<Metric, 6> kMetrics{{
    {"node_filesystem_size_bytes", "Filesystem size in bytes.",
     [](const struct ::statfs& u) { return bytes(u, u.f_blocks); }},
    {"node_filesystem_free_bytes", "Filesystem free space in bytes.",
     [](const struct ::statfs& u) { return bytes(u, u.f_bfree); }},
    {"node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.",
     [](const struct ::statfs& u) { return bytes(u, u.f_bavail); }},
    {"node_filesystem_files", "Filesystem total file nodes.",
     [](const struct ::statfs& u) { return static_cast<double>(u.f_files); }},
    {"node_filesystem_files_free", "Filesystem total free file nodes.",
     [](const struct ::statfs& u) { return static_cast<double>(u.f_ffree); }},
    {"node_filesystem_purgeable_bytes",
     "Filesystem space available including purgeable space (MacOS specific).",
     [](const struct ::statfs&) { return 0.0; }},
}};

class Filesystem final : public Collector {
 public:
  Filesystem(const Context& context, Filter mountpoints, Filter fstypes)
      : fs_(context.fs),
        sys_(context.sys),
        mountpoints_(std::move(mountpoints)),
        fstypes_(std::move(fstypes)),
        init_mounts_(context.fs, "proc/1/mountinfo"),
        own_mounts_(context.fs, "proc/self/mountinfo") {}

  Status collect(MetricSink& out) override {
    if (auto ok = update_mounts(); !ok) return ok;
    for (auto& mount : mounts_) {
      if (!mount.repeated) stat_mount(mount);
    }
    add_state(out);
    add_usage(out);
    add_mount_info(out);
    return {};
  }

 private:
  // The only caller of statfs(2), which a dead file server may let wait for ever.
  void stat_mount(Mount& mount) const {
    mount.error = sys_.statfs(mount.path.c_str(), &mount.usage) == 0 ? "" : describe(errno);
  }

  Status update_mounts();
  void parse_mounts(std::string_view text);
  void add_state(MetricSink& out) const;
  void add_usage(MetricSink& out) const;
  void add_mount_info(MetricSink& out) const;

  static std::array<Label, 4> labels_of(const Mount& mount) {
    return {{{"device", mount.device},
             {"device_error", mount.error},
             {"fstype", mount.fstype},
             {"mountpoint", mount.mountpoint}}};
  }

  const HostFs& fs_;
  Syscalls sys_;
  Filter mountpoints_, fstypes_;
  HotFile init_mounts_, own_mounts_;
  std::string table_;          // the text that mounts_ was made from
  std::vector<Mount> mounts_;  // the wanted ones, by key
};

// The mounts of the host, and not of a container that this process may be in. The table of process
// 1 is hidden where /proc is mounted with hidepid.
Status Filesystem::update_mounts() {
  auto text = init_mounts_.read();
  if (!text && text.error().is_absent()) text = own_mounts_.read();
  if (!text) return text.error();
  if (*text == table_) return {};
  parse_mounts(*text);
  table_ = *text;
  return {};
}

void Filesystem::parse_mounts(std::string_view text) {
  mounts_.clear();
  std::string_view line;
  while (next_line(text, line)) {
    auto mount = parse_mount(line);
    if (!mount) continue;
    mount->mountpoint = fs_.without_root(mount->mountpoint);
    if (!mountpoints_.accepts(mount->mountpoint) || !fstypes_.accepts(mount->fstype)) continue;
    mount->path = fs_.below_root(mount->mountpoint);
    mounts_.push_back(std::move(*mount));
  }
  std::stable_sort(mounts_.begin(), mounts_.end(),
                   [](const Mount& a, const Mount& b) { return a.key() < b.key(); });
  const auto end = std::unique(mounts_.begin(), mounts_.end(),
                               [](const Mount& a, const Mount& b) { return a.key() == b.key(); });
  mounts_.erase(end, mounts_.end());
  for (std::size_t i = 1; i < mounts_.size(); ++i) {
    mounts_[i].repeated = mounts_[i].name() == mounts_[i - 1].name();
  }
}

void Filesystem::add_state(MetricSink& out) const {
  auto failed =
      out.gauge("node_filesystem_device_error",
                "Whether an error occurred while getting statistics for the given device.");
  for (const auto& mount : mounts_) {
    if (!mount.repeated) failed.add(Labels(labels_of(mount)), !mount.error.empty());
  }
  auto read_only = out.gauge("node_filesystem_readonly", "Filesystem read-only status.");
  for (const auto& mount : mounts_) {
    if (!mount.repeated) read_only.add(Labels(labels_of(mount)), mount.read_only);
  }
}

void Filesystem::add_usage(MetricSink& out) const {
  for (const auto& metric : kMetrics) {
    auto family = out.gauge(metric.name, metric.help);
    for (const auto& mount : mounts_) {
      if (mount.repeated || !mount.error.empty()) continue;
      family.add(Labels(labels_of(mount)), metric.value(mount.usage));
    }
  }
}

void Filesystem::add_mount_info(MetricSink& out) const {
  auto info = out.gauge("node_filesystem_mount_info", "Filesystem mount information.");
  bool answers = true;  // of a repeated mount, as its first entry
  for (const auto& mount : mounts_) {
    if (!mount.repeated) answers = mount.error.empty();
    if (!answers) continue;
    info.add({{"device", mount.device},
              {"major", mount.major},
              {"minor", mount.minor},
              {"mountpoint", mount.mountpoint}},
             1);
  }
}

Status check_timing(const CollectorOptions& options) {
  if (!to_duration(options.filesystem_mount_timeout)) {
    return Error{0, "--collector.filesystem.mount-timeout: \"" + options.filesystem_mount_timeout +
                        "\" is not a duration such as 5s"};
  }
  if (!to_u64(options.filesystem_stat_workers)) {
    return Error{0, "--collector.filesystem.stat-workers: \"" + options.filesystem_stat_workers +
                        "\" is not a number"};
  }
  return {};
}

}  // namespace

Result<CollectorPtr> make_filesystem(const Context& context) {
  const CollectorOptions defaults;
  const auto& options = context.options;
  if (auto ok = check_timing(options); !ok) return ok.error();
  auto mountpoints = Filter::make(
      {"collector.filesystem.mount-points-include", options.filesystem_mount_points_include},
      {"collector.filesystem.mount-points-exclude", options.filesystem_mount_points_exclude,
       defaults.filesystem_mount_points_exclude});
  if (!mountpoints) return mountpoints.error();
  auto fstypes =
      Filter::make({"collector.filesystem.fs-types-include", options.filesystem_fs_types_include},
                   {"collector.filesystem.fs-types-exclude", options.filesystem_fs_types_exclude,
                    defaults.filesystem_fs_types_exclude});
  if (!fstypes) return fstypes.error();
  return std::make_unique<Filesystem>(context, std::move(*mountpoints), std::move(*fstypes));
}

}  // namespace hx
