// SPDX-License-Identifier: Apache-2.0
// What the NFS client has asked for, from /proc/net/rpc/nfs, see nfsstat(8).
#include <array>

#include "collectors/collector.h"
#include "collectors/nfs_rpc.h"

namespace hx {
namespace {

// The methods of enum NFSPROC4_CLNT_* of the kernel's include/linux/nfs4.h. Later ones are not
// exported, as upstream.
constexpr std::array<std::string_view, 59> kNfs4{"Null",
                                                 "Read",
                                                 "Write",
                                                 "Commit",
                                                 "Open",
                                                 "OpenConfirm",
                                                 "OpenNoattr",
                                                 "OpenDowngrade",
                                                 "Close",
                                                 "Setattr",
                                                 "FsInfo",
                                                 "Renew",
                                                 "SetClientID",
                                                 "SetClientIDConfirm",
                                                 "Lock",
                                                 "Lockt",
                                                 "Locku",
                                                 "Access",
                                                 "Getattr",
                                                 "Lookup",
                                                 "LookupRoot",
                                                 "Remove",
                                                 "Rename",
                                                 "Link",
                                                 "Symlink",
                                                 "Create",
                                                 "Pathconf",
                                                 "StatFs",
                                                 "ReadLink",
                                                 "ReadDir",
                                                 "ServerCaps",
                                                 "DelegReturn",
                                                 "GetACL",
                                                 "SetACL",
                                                 "FsLocations",
                                                 "ReleaseLockowner",
                                                 "Secinfo",
                                                 "FsidPresent",
                                                 "ExchangeID",
                                                 "CreateSession",
                                                 "DestroySession",
                                                 "Sequence",
                                                 "GetLeaseTime",
                                                 "ReclaimComplete",
                                                 "LayoutGet",
                                                 "GetDeviceInfo",
                                                 "LayoutCommit",
                                                 "LayoutReturn",
                                                 "SecinfoNoName",
                                                 "TestStateID",
                                                 "FreeStateID",
                                                 "GetDeviceList",
                                                 "BindConnToSession",
                                                 "DestroyClientID",
                                                 "Seek",
                                                 "Allocate",
                                                 "DeAllocate",
                                                 "LayoutStats",
                                                 "Clone"};

constexpr std::string_view kPackets = "node_nfs_packets_total";
constexpr std::string_view kPacketsHelp =
    "Total NFSd network packets (sent+received) by protocol type.";
constexpr std::array<RpcColumn, 4> kNet{{
    {},
    {kPackets, kPacketsHelp, {"protocol", "udp"}},
    {kPackets, kPacketsHelp, {"protocol", "tcp"}},
    {"node_nfs_connections_total", "Total number of NFSd TCP connections."},
}};
constexpr std::array<RpcColumn, 3> kRpc{{
    {"node_nfs_rpcs_total", "Total number of RPCs performed."},
    {"node_nfs_rpc_retransmissions_total", "Number of RPC transmissions performed."},
    {"node_nfs_rpc_authentication_refreshes_total",
     "Number of RPC authentication refreshes performed."},
}};
constexpr FieldMetric kRequests{"", "node_nfs_requests_total", "Number of NFS procedures invoked."};

void add_line(GroupedSamples& samples, const RpcLine& line) {
  if (line.name == "net") add_rpc_columns(samples, kNet, line);
  if (line.name == "rpc") add_rpc_columns(samples, kRpc, line);
  if (line.name == "proc2") add_rpc_methods(samples, kRequests, "2", nfs2_methods(), line);
  if (line.name == "proc3") add_rpc_methods(samples, kRequests, "3", nfs3_methods(), line);
  if (line.name == "proc4") add_rpc_methods(samples, kRequests, "4", kNfs4, line);
}

class Nfs final : public Collector {
 public:
  explicit Nfs(const Context& context) : nfs_(context.fs, "proc/net/rpc/nfs") {}

  Status collect(MetricSink& out) override {
    const auto text = nfs_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) add_line(samples, parse_rpc_line(line));
    samples.write(out);
    return {};
  }

 private:
  HotFile nfs_;
};

}  // namespace

Result<CollectorPtr> make_nfs(const Context& context) { return std::make_unique<Nfs>(context); }

}  // namespace hx
