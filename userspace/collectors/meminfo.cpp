// SPDX-License-Identifier: Apache-2.0
// Memory of the host from /proc/meminfo, see proc_meminfo(5).
#include <algorithm>
#include <array>

#include "collectors/collector.h"
#include "metrics/field_names.h"

namespace hx {
namespace {

// As upstream since 1.9: other fields of the file are not exported.
constexpr std::array<std::string_view, 51> kFields{
    "MemTotal",       "MemFree",         "MemAvailable",
    "Buffers",        "Cached",          "SwapCached",
    "Active",         "Inactive",        "Active(anon)",
    "Inactive(anon)", "Active(file)",    "Inactive(file)",
    "Unevictable",    "Mlocked",         "SwapTotal",
    "SwapFree",       "Zswap",           "Zswapped",
    "Dirty",          "Writeback",       "AnonPages",
    "Mapped",         "Shmem",           "Slab",
    "SReclaimable",   "SUnreclaim",      "KernelStack",
    "PageTables",     "NFS_Unstable",    "Bounce",
    "WritebackTmp",   "CommitLimit",     "Committed_AS",
    "VmallocTotal",   "VmallocUsed",     "VmallocChunk",
    "Percpu",         "AnonHugePages",   "HardwareCorrupted",
    "ShmemHugePages", "ShmemPmdMapped",  "CmaTotal",
    "CmaFree",        "HugePages_Total", "HugePages_Free",
    "HugePages_Rsvd", "HugePages_Surp",  "Hugepagesize",
    "DirectMap4k",    "DirectMap2M",     "DirectMap1G"};

// Active(anon) becomes Active_anon_bytes; HugePages_* are counts and stay as they are.
std::optional<MetricName> describe(std::string_view, std::string_view field) {
  if (std::find(kFields.begin(), kFields.end(), field) == kFields.end()) return std::nullopt;
  std::string name;
  for (const char c : field) {
    if (c != ')') name += c == '(' ? '_' : c;
  }
  if (!field.starts_with("HugePages_")) name += "_bytes";
  return MetricName{"node_memory_" + name, "Memory information field " + name + "."};
}

class Meminfo final : public Collector {
 public:
  explicit Meminfo(const Context& context) : meminfo_(context.fs, "proc/meminfo") {}

  Status collect(MetricSink& out) override {
    const auto text = meminfo_.read();
    if (!text) return text.error();
    names_.rewind();
    bool found = false;
    std::string_view rest = *text, line;
    while (next_line(rest, line)) {
      const auto* metric = names_.next({}, cut(line, ':'), describe);
      if (metric == nullptr) continue;
      const auto value = to_u64(next_field(line));
      const bool in_kib = next_field(line) == "kB";
      if (!value || in_kib != metric->name.ends_with("_bytes")) continue;
      out.gauge(metric->name, metric->help).add(static_cast<double>(*value) * (in_kib ? 1024 : 1));
      found = true;
    }
    return found ? Status() : Error{EBADMSG, "parse proc/meminfo"};
  }

 private:
  HotFile meminfo_;
  FieldNames names_;
};

}  // namespace

Result<CollectorPtr> make_meminfo(const Context& context) {
  return std::make_unique<Meminfo>(context);
}

}  // namespace hx
