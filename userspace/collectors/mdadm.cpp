// SPDX-License-Identifier: Apache-2.0
// Arrays of disks from /proc/mdstat, see md_seq_show() in the kernel's drivers/md/md.c, and from
// /sys/block/md*/md, see its Documentation/admin-guide/md.rst.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::array<std::string_view, 5> kStates{"active", "check", "inactive", "recovering",
                                                  "resync"};

// What goes on with an array, as a line of it says, and the state that this is.
struct Activity {
  std::string_view word, state;
};
constexpr std::array<Activity, 4> kActivities{{
    {"recovery", "recovering"},
    {"reshape", "reshaping"},  // none of kStates: all of them are 0
    {"check", "check"},
    {"resync", "resync"},
}};

struct Array {
  std::string name;
  std::string_view state;
  std::int64_t blocks = 0, synced_blocks = 0;
  std::int64_t required = 0, active = 0, failed = 0, spare = 0;  // disks
  std::optional<std::uint64_t> raid_disks, degraded;             // of sysfs
};

// The lines of one array: "md0 : active raid1 sdb1[1] sda1[0](F)", and indented ones.
struct Section {
  std::string_view head, status;
  std::vector<std::string_view> others;
};

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

std::int64_t count(std::string_view text, std::string_view what) {
  std::int64_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

std::vector<Section> parse_sections(std::string_view text) {
  std::vector<Section> sections;
  std::string_view line;
  while (next_line(text, line)) {
    const auto content = trim(line);
    if (content.empty() || line.starts_with("Personalities") || line.starts_with("unused"))
      continue;
    if (!is_blank(line[0])) {
      sections.push_back({content, {}, {}});
    } else if (!sections.empty() && sections.back().status.empty()) {
      sections.back().status = content;
    } else if (!sections.empty()) {
      sections.back().others.push_back(content);
    }
  }
  return sections;
}

// "[4/3] [UUU_]" in a status line: how many disks are required, and how many there are.
bool parse_disks(std::string_view status, Array& array) {
  while (!status.empty()) {
    cut(status, '[');
    auto pair = status.substr(0, status.find(']'));
    const auto required = to_i64(cut(pair, '/'));
    const auto active = to_i64(pair);
    if (!required || !active) continue;
    array.required = *required;
    array.active = *active;
    return true;
  }
  return false;
}

// "(112/1993728)", "resync=DELAYED": how far the activity is.
std::optional<std::int64_t> parse_synced(std::string_view line) {
  if (contains(line, "PENDING") || contains(line, "DELAYED")) return 0;
  cut(line, '(');
  return to_i64(cut(line, '/'));
}

std::optional<Array> parse_array(const Section& section) {
  Array array;
  auto head = section.head;
  array.name = next_field(head);
  next_field(head);
  array.state = next_field(head);
  array.failed = count(section.head, "(F)");
  array.spare = count(section.head, "(S)");

  auto status = section.status;
  const auto blocks = to_i64(next_field(status));
  if (!blocks) return std::nullopt;
  array.blocks = array.synced_blocks = *blocks;
  if (contains(section.head, "raid0") || contains(section.head, "linear")) {
    array.required = array.active = count(section.head, "[");
  } else if (array.state != "inactive" && !parse_disks(status, array)) {
    return std::nullopt;
  }

  for (const auto line : section.others) {
    if (line.starts_with("bitmap")) continue;
    for (const auto& activity : kActivities) {
      if (!contains(line, activity.word)) continue;
      const auto synced = parse_synced(line);
      if (!synced) return std::nullopt;
      array.state = activity.state;
      array.synced_blocks = *synced;
      return array;
    }
  }
  return array;
}

struct ArrayFiles {
  HotFile raid_disks, degraded;
};

// "4 (3)" while the array grows from three.
std::optional<std::uint64_t> read_raid_disks(HotFile& file) {
  const auto text = file.read();
  if (!text) return std::nullopt;
  auto rest = trim(*text);
  return to_u64(next_field(rest));
}

class Mdadm final : public Collector {
 public:
  explicit Mdadm(const HostFs& fs) : fs_(fs), mdstat_(fs, "proc/mdstat") {}

  Status collect(MetricSink& out) override {
    const auto text = mdstat_.read();
    if (!text) return text.error();
    arrays_.clear();
    for (const auto& section : parse_sections(*text)) {
      auto array = parse_array(section);
      const auto is_same = [&](const Array& other) { return other.name == array->name; };
      if (array && std::none_of(arrays_.begin(), arrays_.end(), is_same)) {
        arrays_.push_back(std::move(*array));
      }
    }
    add_disks(out);
    add_states(out);
    add_numbers(out, "node_md_blocks", "Total number of blocks on device.", &Array::blocks);
    add_numbers(out, "node_md_blocks_synced", "Number of blocks synced on device.",
                &Array::synced_blocks);
    add_numbers(out, "node_md_disks_required", "Total number of disks of device.",
                &Array::required);
    add_attributes(out);
    return {};
  }

 private:
  void add_disks(MetricSink& out) const {
    auto disks = out.gauge("node_md_disks", "Number of active/failed/spare disks of device.");
    for (const auto& array : arrays_) {
      disks.add({{"device", array.name}, {"state", "active"}}, array.active);
      disks.add({{"device", array.name}, {"state", "failed"}}, array.failed);
      disks.add({{"device", array.name}, {"state", "spare"}}, array.spare);
    }
  }

  void add_states(MetricSink& out) const {
    auto states = out.gauge("node_md_state", "Indicates the state of md-device.");
    for (const auto& array : arrays_) {
      for (const auto state : kStates) {
        states.add({{"device", array.name}, {"state", state}}, state == array.state ? 1 : 0);
      }
    }
  }

  void add_numbers(MetricSink& out, std::string_view name, std::string_view help,
                   std::int64_t Array::*number) const {
    auto family = out.gauge(name, help);
    for (const auto& array : arrays_) family.add({{"device", array.name}}, array.*number);
  }

  void add_attributes(MetricSink& out) {
    std::erase_if(files_, [&](const auto& entry) {
      const auto is_same = [&](const Array& array) { return array.name == entry.first; };
      return std::none_of(arrays_.begin(), arrays_.end(), is_same);
    });
    for (auto& array : arrays_) {
      const auto dir = "sys/block/" + array.name + "/md";
      auto& files = files_
                        .try_emplace(array.name, ArrayFiles{HotFile(fs_, dir + "/raid_disks"),
                                                            HotFile(fs_, dir + "/degraded")})
                        .first->second;
      array.raid_disks = read_raid_disks(files.raid_disks);
      // An array without redundancy has no such file, because it is never degraded.
      const auto degraded = files.degraded.read_u64();
      if (array.raid_disks && (degraded || degraded.error().is_absent())) {
        array.degraded = degraded.value_or(0);
      }
    }
    add_optional(out, "node_md_raid_disks", "Number of raid disks on device.", &Array::raid_disks);
    add_optional(out, "node_md_degraded", "Number of degraded disks on device.", &Array::degraded);
  }

  void add_optional(MetricSink& out, std::string_view name, std::string_view help,
                    std::optional<std::uint64_t> Array::*number) const {
    auto family = out.gauge(name, help);
    for (const auto& array : arrays_) {
      if (array.*number) family.add({{"device", array.name}}, *(array.*number));
    }
  }

  const HostFs& fs_;
  HotFile mdstat_;
  std::vector<Array> arrays_;
  std::map<std::string, ArrayFiles> files_;  // by the array's name
};

}  // namespace

Result<CollectorPtr> make_mdadm(const Context& context) {
  return std::make_unique<Mdadm>(context.fs);
}

}  // namespace hx
