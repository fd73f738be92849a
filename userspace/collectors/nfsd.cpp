// SPDX-License-Identifier: Apache-2.0
// What the kernel's NFS server was asked for, from /proc/net/rpc/nfsd, see nfsstat(8) and the
// kernel's fs/nfsd/stats.c.
#include <algorithm>
#include <array>

#include "collectors/collector.h"
#include "collectors/nfs_rpc.h"

namespace hx {
namespace {

// The operations of RFC 7530 by number. Those without a name are not exported, as upstream.
constexpr std::array<std::string_view, 40> kNfs4{"",
                                                 "",
                                                 "",
                                                 "Access",
                                                 "Close",
                                                 "Commit",
                                                 "Create",
                                                 "DelegPurge",
                                                 "DelegReturn",
                                                 "GetAttr",
                                                 "GetFH",
                                                 "Link",
                                                 "Lock",
                                                 "Lockt",
                                                 "Locku",
                                                 "Lookup",
                                                 "LookupRoot",
                                                 "Nverify",
                                                 "Open",
                                                 "OpenAttr",
                                                 "OpenConfirm",
                                                 "OpenDgrd",
                                                 "PutFH",
                                                 "",
                                                 "",
                                                 "Read",
                                                 "ReadDir",
                                                 "ReadLink",
                                                 "Remove",
                                                 "Rename",
                                                 "Renew",
                                                 "RestoreFH",
                                                 "SaveFH",
                                                 "SecInfo",
                                                 "SetAttr",
                                                 "SetClientID",
                                                 "SetClientIDConfirm",
                                                 "Verify",
                                                 "Write",
                                                 "RelLockOwner"};

constexpr std::array<RpcColumn, 3> kReplyCache{{
    {"node_nfsd_reply_cache_hits_total",
     "Total number of NFSd Reply Cache hits (client lost server response)."},
    {"node_nfsd_reply_cache_misses_total",
     "Total number of NFSd Reply Cache an operation that requires caching (idempotent)."},
    {"node_nfsd_reply_cache_nocache_total",
     "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…)."},
}};
constexpr std::array<RpcColumn, 1> kFileHandles{{
    {"node_nfsd_file_handles_stale_total", "Total number of NFSd stale file handles"},
}};
constexpr std::array<RpcColumn, 2> kInputOutput{{
    {"node_nfsd_disk_bytes_read_total", "Total NFSd bytes read."},
    {"node_nfsd_disk_bytes_written_total", "Total NFSd bytes written."},
}};
constexpr std::array<RpcColumn, 1> kThreads{{
    {"node_nfsd_server_threads",
     "Total number of NFSd kernel threads that are running.",
     {},
     MetricType::kGauge},
}};
// Between the two stands a histogram of ten columns.
constexpr std::array<RpcColumn, 12> kReadAhead{{
    {"node_nfsd_read_ahead_cache_size_blocks",
     "How large the read ahead cache is in blocks.",
     {},
     MetricType::kGauge},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {"node_nfsd_read_ahead_cache_not_found_total",
     "Total number of NFSd read ahead cache not found."},
}};
constexpr std::string_view kPackets = "node_nfsd_packets_total";
constexpr std::string_view kPacketsHelp =
    "Total NFSd network packets (sent+received) by protocol type.";
constexpr std::array<RpcColumn, 4> kNet{{
    {},
    {kPackets, kPacketsHelp, {"proto", "udp"}},
    {kPackets, kPacketsHelp, {"proto", "tcp"}},
    {"node_nfsd_connections_total", "Total number of NFSd TCP connections."},
}};
constexpr std::string_view kErrors = "node_nfsd_rpc_errors_total";
constexpr std::string_view kErrorsHelp = "Total number of NFSd RPC errors by error type.";
constexpr std::array<RpcColumn, 5> kRpc{{
    {"node_nfsd_server_rpcs_total", "Total number of NFSd RPCs."},
    {},  // the sum of those that follow
    {kErrors, kErrorsHelp, {"error", "fmt"}},
    {kErrors, kErrorsHelp, {"error", "auth"}},
    {kErrors, kErrorsHelp, {"error", "cInt"}},
}};
constexpr FieldMetric kRequests{"", "node_nfsd_requests_total",
                                "Total number NFSd Requests by method and protocol."};

// Calls of the methods Null say nothing but that the server is there: upstream leaves them out.
std::array<std::string_view, 22> without_null(std::span<const std::string_view> methods) {
  std::array<std::string_view, 22> named{};
  std::copy(methods.begin() + 1, methods.end(), named.begin() + 1);
  return named;
}

void add_line(GroupedSamples& samples, const RpcLine& line) {
  struct Columns {
    std::string_view name;
    std::span<const RpcColumn> columns;
  };
  static constexpr std::array kLines{
      Columns{"rc", kReplyCache}, Columns{"fh", kFileHandles}, Columns{"io", kInputOutput},
      Columns{"th", kThreads},    Columns{"ra", kReadAhead},   Columns{"net", kNet},
      Columns{"rpc", kRpc},
  };
  for (const auto& [name, columns] : kLines) {
    if (name == line.name) add_rpc_columns(samples, columns, line);
  }
  const auto add_methods = [&](std::string_view proto, std::span<const std::string_view> methods) {
    add_rpc_methods(samples, kRequests, proto, methods, line);
  };
  if (line.name == "proc2") add_methods("2", without_null(nfs2_methods()));
  if (line.name == "proc3") add_methods("3", without_null(nfs3_methods()));
  if (line.name == "proc4ops") add_methods("4", kNfs4);
  if (line.name == "wdeleg_getattr" && !line.numbers.empty()) {
    samples.add(kRequests, {{"method", "WdelegGetattr"}, {"proto", "4"}}, line.numbers[0]);
  }
}

class Nfsd final : public Collector {
 public:
  explicit Nfsd(const Context& context) : nfsd_(context.fs, "proc/net/rpc/nfsd") {}

  Status collect(MetricSink& out) override {
    const auto text = nfsd_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) add_line(samples, parse_rpc_line(line));
    samples.write(out);
    return {};
  }

 private:
  HotFile nfsd_;
};

}  // namespace

Result<CollectorPtr> make_nfsd(const Context& context) { return std::make_unique<Nfsd>(context); }

}  // namespace hx
