// SPDX-License-Identifier: Apache-2.0
// Size and state of mounted file systems from /proc/1/mountinfo and statfs(2), see proc(5).
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "base/filter.h"
#include "base/hang_guard.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// statfs(2) of one mount point, which a dead file server may let wait for ever.
class Usage final : public GuardedTask {
 public:
  Usage(const Syscalls& sys, std::string path) : sys_(sys), path_(std::move(path)) {}

  void run() override { code_ = sys_.statfs(path_.c_str(), &usage_) == 0 ? 0 : errno; }

  // If done: the errno, 0 for none, and the answer.
  int code() const noexcept { return code_; }
  const struct ::statfs& answer() const noexcept { return usage_; }

 private:
  const Syscalls sys_;
  const std::string path_;  // on this machine
  int code_ = 0;
  struct ::statfs usage_ {};
};

// statfs(2) of these tells what the kernel has in memory. Others may ask a server or a device.
constexpr std::array<std::string_view, 10> kInMemory{"btrfs", "devtmpfs", "ext2",  "ext3", "ext4",
                                                     "f2fs",  "ramfs",    "tmpfs", "vfat", "xfs"};

bool is_in_memory(std::string_view fstype) {
  return std::find(kInMemory.begin(), kInMemory.end(), fstype) != kInMemory.end();
}

// Whether the way to `path` leads through `directory`.
bool leads_through(std::string_view path, std::string_view directory) {
  if (directory == "/" || path == directory) return true;
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

// An entry of the mount table. The same file system may be mounted twice in one place: what is
// exported by name is exported once.
struct Mount {
  std::string device, mountpoint, fstype, major, minor;
  bool read_only = false;  // by the table
  bool repeated = false;   // device, mount point and type are those of an earlier entry

  std::shared_ptr<Usage> usage;
  std::string error;  // of the last statfs(2); empty for none

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

constexpr std::string_view kTimedOut = "mountpoint timeout";

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

// What statfs(2) says of the mount as this process sees it, where it says so.
std::optional<bool> seen_read_only(const Mount& mount) {
  constexpr long kFlagsAreValid = 0x20;  // ST_VALID of the kernel
  if (!mount.error.empty()) return std::nullopt;
  const auto flags = mount.usage->answer().f_flags;
  if ((flags & kFlagsAreValid) == 0) return std::nullopt;
  return (flags & ST_RDONLY) != 0;
}

// A mount that can be written here can be so by all, but not the reverse: a unit's ProtectSystem=
// shows it read-only to the unit alone.
bool is_read_only(const Mount& mount) {
  return mount.read_only && seen_read_only(mount).value_or(true);
}

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
  Filesystem(const Context& context, Filter mountpoints, Filter fstypes,
             std::chrono::milliseconds timeout)
      : fs_(context.fs),
        sys_(context.sys),
        mountpoints_(std::move(mountpoints)),
        fstypes_(std::move(fstypes)),
        init_mounts_(context.fs, "proc/1/mountinfo"),
        own_mounts_(context.fs, "proc/self/mountinfo"),
        guard_({.limit = timeout}) {}

  Status collect(MetricSink& out) override {
    if (auto ok = update_mounts(); !ok) return ok;
    ask();
    if (has_stale_table()) {
      const auto parsed = parsed_;
      if (auto ok = read_mounts(); !ok) return ok;
      if (parsed_ != parsed) ask();
    }
    add_state(out);
    add_usage(out);
    add_mount_info(out);
    return {};
  }

 private:
  static void note_error(Mount& mount) {
    if (mount.usage->state() == GuardedTask::State::kHung) {
      mount.error = kTimedOut;
    } else if (mount.usage->code() != 0) {
      mount.error = describe(mount.usage->code());
    } else {
      mount.error.clear();
    }
  }

  void ask() {
    for (const auto& usage : in_memory_) usage->run();
    guard_.run(guarded_);  // costs two context switches, if there are any
    for (auto& mount : mounts_) note_error(mount);
  }

  // A file system that turns read-only after an error changes the table unannounced.
  bool has_stale_table() const {
    return std::any_of(mounts_.begin(), mounts_.end(), [](const Mount& mount) {
      return !mount.read_only && seen_read_only(mount).value_or(false);
    });
  }

  Status update_mounts();
  Status read_mounts();
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
  HotFile* table_file_ = nullptr;                         // that mounts_ was made from
  std::string table_;                                     // its text
  std::uint64_t parsed_ = 0;                              // how many texts were parsed
  std::vector<Mount> mounts_;                             // the wanted ones, by key
  std::map<std::string, std::shared_ptr<Usage>> usages_;  // of mounts_, by mount point
  std::vector<std::shared_ptr<Usage>> in_memory_;         // of usages_: those that cannot hang ...
  std::vector<std::shared_ptr<GuardedTask>> guarded_;     // ... and the others
  HangGuard guard_;
};

Status Filesystem::update_mounts() {
  if (table_file_ != nullptr && table_file_->is_unchanged()) return {};
  return read_mounts();
}

// The mounts of the host, and not of a container that this process may be in. The table of process
// 1 is hidden where /proc is mounted with hidepid.
Status Filesystem::read_mounts() {
  table_file_ = &init_mounts_;
  auto text = init_mounts_.read();
  if (!text && text.error().is_absent()) {
    table_file_ = &own_mounts_;
    text = own_mounts_.read();
  }
  if (!text) {
    table_file_ = nullptr;
    return text.error();
  }
  if (*text == table_) return {};
  parse_mounts(*text);
  ++parsed_;
  table_ = *text;
  return {};
}

void Filesystem::parse_mounts(std::string_view text) {
  mounts_.clear();
  std::vector<std::string> may_hang;  // all mount points of this kind, wanted or not
  std::string_view line;
  while (next_line(text, line)) {
    auto mount = parse_mount(line);
    if (!mount) continue;
    if (!is_in_memory(mount->fstype)) may_hang.emplace_back(fs_.without_root(mount->mountpoint));
    mount->mountpoint = fs_.without_root(mount->mountpoint);
    if (!mountpoints_.accepts(mount->mountpoint) || !fstypes_.accepts(mount->fstype)) continue;
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

  // A mount point that hangs keeps its task, whatever else is mounted.
  std::map<std::string, std::shared_ptr<Usage>> before;
  before.swap(usages_);
  in_memory_.clear();
  guarded_.clear();
  for (auto& mount : mounts_) {
    auto& usage = usages_[mount.mountpoint];
    if (!usage) {
      const auto known = before.find(mount.mountpoint);
      usage = known != before.end()
                  ? known->second
                  : std::make_shared<Usage>(sys_, fs_.below_root(mount.mountpoint));
      const bool in_memory =
          usage->state() == GuardedTask::State::kDone &&
          std::none_of(may_hang.begin(), may_hang.end(), [&](const auto& directory) {
            return leads_through(mount.mountpoint, directory);
          });
      if (in_memory) {
        in_memory_.push_back(usage);
      } else {
        guarded_.push_back(usage);
      }
    }
    mount.usage = usage;
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
    if (!mount.repeated) read_only.add(Labels(labels_of(mount)), is_read_only(mount));
  }
}

void Filesystem::add_usage(MetricSink& out) const {
  for (const auto& metric : kMetrics) {
    auto family = out.gauge(metric.name, metric.help);
    for (const auto& mount : mounts_) {
      if (mount.repeated || !mount.error.empty()) continue;
      family.add(Labels(labels_of(mount)), metric.value(mount.usage->answer()));
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

// The collector itself must stay in time, so that a mount that hangs costs only its own sizes.
Result<std::chrono::milliseconds> mount_timeout(const Context& context) {
  const auto& options = context.options;
  const auto timeout = to_duration(options.filesystem_mount_timeout);
  if (!timeout) {
    return Error{0, "--collector.filesystem.mount-timeout: \"" + options.filesystem_mount_timeout +
                        "\" is not a duration such as 5s"};
  }
  return std::min(std::chrono::ceil<std::chrono::milliseconds>(*timeout), context.timeout * 4 / 5);
}

// One thread is enough for mounts that answer, and each that does not has its own.
Status check_workers(const CollectorOptions& options) {
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
  const auto timeout = mount_timeout(context);
  if (!timeout) return timeout.error();
  if (auto ok = check_workers(options); !ok) return ok.error();
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
  return std::make_unique<Filesystem>(context, std::move(*mountpoints), std::move(*fstypes),
                                      *timeout);
}

}  // namespace hx
