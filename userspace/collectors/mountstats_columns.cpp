// SPDX-License-Identifier: Apache-2.0
// As what the statistics of an NFS mount are exported, see mountstats.cpp. The order is that of the
// kernel's files, see nfs_show_stats() in fs/nfs/super.c and the xprt's print_stats().
#include "collectors/mountstats.h"

#include <array>

namespace hx {
namespace {

using enum MetricType;

constexpr std::array<FieldMetric, 8> kBytes{{
    {"", "node_mountstats_nfs_read_bytes_total", "Number of bytes read using the read() syscall."},
    {"", "node_mountstats_nfs_write_bytes_total",
     "Number of bytes written using the write() syscall."},
    {"", "node_mountstats_nfs_direct_read_bytes_total",
     "Number of bytes read using the read() syscall in O_DIRECT mode."},
    {"", "node_mountstats_nfs_direct_write_bytes_total",
     "Number of bytes written using the write() syscall in O_DIRECT mode."},
    {"", "node_mountstats_nfs_total_read_bytes_total",
     "Number of bytes read from the NFS server, in total."},
    {"", "node_mountstats_nfs_total_write_bytes_total",
     "Number of bytes written to the NFS server, in total."},
    {"", "node_mountstats_nfs_read_pages_total",
     "Number of pages read directly via mmap()'d files."},
    {"", "node_mountstats_nfs_write_pages_total",
     "Number of pages written directly via mmap()'d files."},
}};

constexpr std::array<FieldMetric, 27> kEvents{{
    {"", "node_mountstats_nfs_event_inode_revalidate_total",
     "Number of times cached inode attributes are re-validated from the server."},
    {"", "node_mountstats_nfs_event_dnode_revalidate_total",
     "Number of times cached dentry nodes are re-validated from the server."},
    {"", "node_mountstats_nfs_event_data_invalidate_total",
     "Number of times an inode cache is cleared."},
    {"", "node_mountstats_nfs_event_attribute_invalidate_total",
     "Number of times cached inode attributes are invalidated."},
    {"", "node_mountstats_nfs_event_vfs_open_total",
     "Number of times cached inode attributes are invalidated."},
    {"", "node_mountstats_nfs_event_vfs_lookup_total",
     "Number of times a directory lookup has occurred."},
    {"", "node_mountstats_nfs_event_vfs_access_total",
     "Number of times permissions have been checked."},
    {"", "node_mountstats_nfs_event_vfs_update_page_total",
     "Number of updates (and potential writes) to pages."},
    {"", "node_mountstats_nfs_event_vfs_read_page_total",
     "Number of pages read directly via mmap()'d files."},
    {"", "node_mountstats_nfs_event_vfs_read_pages_total",
     "Number of times a group of pages have been read."},
    {"", "node_mountstats_nfs_event_vfs_write_page_total",
     "Number of pages written directly via mmap()'d files."},
    {"", "node_mountstats_nfs_event_vfs_write_pages_total",
     "Number of times a group of pages have been written."},
    {"", "node_mountstats_nfs_event_vfs_getdents_total",
     "Number of times directory entries have been read with getdents()."},
    {"", "node_mountstats_nfs_event_vfs_setattr_total",
     "Number of times directory entries have been read with getdents()."},
    {"", "node_mountstats_nfs_event_vfs_flush_total",
     "Number of pending writes that have been forcefully flushed to the server."},
    {"", "node_mountstats_nfs_event_vfs_fsync_total",
     "Number of times fsync() has been called on directories and files."},
    {"", "node_mountstats_nfs_event_vfs_lock_total",
     "Number of times locking has been attempted on a file."},
    {"", "node_mountstats_nfs_event_vfs_file_release_total",
     "Number of times files have been closed and released."},
    {},  // congestion, which is not counted any more
    {"", "node_mountstats_nfs_event_truncation_total",
     "Number of times files have been truncated."},
    {"", "node_mountstats_nfs_event_write_extension_total",
     "Number of times a file has been grown due to writes beyond its existing end."},
    {"", "node_mountstats_nfs_event_silly_rename_total",
     "Number of times a file was removed while still open by another process."},
    {"", "node_mountstats_nfs_event_short_read_total",
     "Number of times the NFS server gave less data than expected while reading."},
    {"", "node_mountstats_nfs_event_short_write_total",
     "Number of times the NFS server wrote less data than expected while writing."},
    {"", "node_mountstats_nfs_event_jukebox_delay_total",
     "Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage."},
    {"", "node_mountstats_nfs_event_pnfs_read_total", "Number of NFS v4.1+ pNFS reads."},
    {"", "node_mountstats_nfs_event_pnfs_write_total", "Number of NFS v4.1+ pNFS writes."},
}};

constexpr std::array<FieldMetric, 8> kOperation{{
    {"", "node_mountstats_nfs_operations_requests_total",
     "Number of requests performed for a given operation."},
    {"", "node_mountstats_nfs_operations_transmissions_total",
     "Number of times an actual RPC request has been transmitted for a given operation."},
    {"", "node_mountstats_nfs_operations_major_timeouts_total",
     "Number of times a request has had a major timeout for a given operation."},
    {"", "node_mountstats_nfs_operations_sent_bytes_total",
     "Number of bytes sent for a given operation, including RPC headers and payload."},
    {"", "node_mountstats_nfs_operations_received_bytes_total",
     "Number of bytes received for a given operation, including RPC headers and payload."},
    {"", "node_mountstats_nfs_operations_queue_time_seconds_total",
     "Duration all requests spent queued for transmission for a given operation before they were "
     "sent, in seconds.",
     kCounter, 1, 1000},
    {"", "node_mountstats_nfs_operations_response_time_seconds_total",
     "Duration all requests took to get a reply back after a request for a given operation was "
     "transmitted, in seconds.",
     kCounter, 1, 1000},
    {"", "node_mountstats_nfs_operations_request_time_seconds_total",
     "Duration all requests took from when a request was enqueued to when it was completely "
     "handled for a given operation, in seconds.",
     kCounter, 1, 1000},
}};

constexpr FieldMetric kBind{
    "", "node_mountstats_nfs_transport_bind_total",
    "Number of times the client has had to establish a connection from scratch to the NFS server."};
constexpr FieldMetric kConnect{
    "", "node_mountstats_nfs_transport_connect_total",
    "Number of times the client has made a TCP connection to the NFS server."};
constexpr FieldMetric kIdle{"", "node_mountstats_nfs_transport_idle_time_seconds",
                            "Duration since the NFS mount last saw any RPC traffic, in seconds.",
                            kGauge};
constexpr FieldMetric kSends{"", "node_mountstats_nfs_transport_sends_total",
                             "Number of RPC requests for this mount sent to the NFS server."};
constexpr FieldMetric kReceives{
    "", "node_mountstats_nfs_transport_receives_total",
    "Number of RPC responses for this mount received from the NFS server."};
constexpr FieldMetric kBad{
    "", "node_mountstats_nfs_transport_bad_transaction_ids_total",
    "Number of times the NFS server sent a response with a transaction ID unknown to this client."};
constexpr FieldMetric kBacklog{"", "node_mountstats_nfs_transport_backlog_queue_total",
                               "Total number of items added to the RPC backlog queue."};
constexpr FieldMetric kSlots{"", "node_mountstats_nfs_transport_maximum_rpc_slots",
                             "Maximum number of simultaneously active RPC requests ever used.",
                             kGauge};
constexpr FieldMetric kSending{
    "", "node_mountstats_nfs_transport_sending_queue_total",
    "Total number of items added to the RPC transmission sending queue."};
constexpr FieldMetric kPending{
    "", "node_mountstats_nfs_transport_pending_queue_total",
    "Total number of items added to the RPC transmission pending queue."};

// Behind the port. What is left out counts connection time and the requests on the way.
constexpr std::array kUdp{kBind,    kSends, kReceives, kBad,    FieldMetric{},
                          kBacklog, kSlots, kSending,  kPending};
constexpr std::array kTcp{kBind, kConnect,      FieldMetric{}, kIdle,  kSends,   kReceives,
                          kBad,  FieldMetric{}, kBacklog,      kSlots, kSending, kPending};
constexpr std::array kRdma{kBind,     kConnect, FieldMetric{}, kIdle,   kSends,
                           kReceives, kBad,     FieldMetric{}, kBacklog};

}  // namespace

std::span<const FieldMetric> mount_bytes() noexcept { return kBytes; }
std::span<const FieldMetric> mount_events() noexcept { return kEvents; }
std::span<const FieldMetric> mount_operation() noexcept { return kOperation; }

std::span<const FieldMetric> mount_transport(std::string_view protocol) noexcept {
  if (protocol == "udp") return kUdp;
  if (protocol == "tcp") return kTcp;
  if (protocol == "rdma") return kRdma;
  return {};
}

}  // namespace hx
