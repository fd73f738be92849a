// SPDX-License-Identifier: Apache-2.0
// What each XFS file system has done, from /sys/fs/xfs/DEVICE/stats/stats, see the kernel's
// fs/xfs/xfs_stats.h and https://xfs.org/index.php/Runtime_Stats.
#include <array>

#include "base/device_dir.h"
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

// The columns of each line, in the file's order; the field is the line's name.
constexpr std::array kColumns{
    FieldMetric{"extent_alloc", "node_xfs_extent_allocation_extents_allocated_total",
                "Number of extents allocated for a filesystem."},
    FieldMetric{"extent_alloc", "node_xfs_extent_allocation_blocks_allocated_total",
                "Number of blocks allocated for a filesystem."},
    FieldMetric{"extent_alloc", "node_xfs_extent_allocation_extents_freed_total",
                "Number of extents freed for a filesystem."},
    FieldMetric{"extent_alloc", "node_xfs_extent_allocation_blocks_freed_total",
                "Number of blocks freed for a filesystem."},
    FieldMetric{"abt", "node_xfs_allocation_btree_lookups_total",
                "Number of allocation B-tree lookups for a filesystem."},
    FieldMetric{"abt", "node_xfs_allocation_btree_compares_total",
                "Number of allocation B-tree compares for a filesystem."},
    FieldMetric{"abt", "node_xfs_allocation_btree_records_inserted_total",
                "Number of allocation B-tree records inserted for a filesystem."},
    FieldMetric{"abt", "node_xfs_allocation_btree_records_deleted_total",
                "Number of allocation B-tree records deleted for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_reads_total",
                "Number of block map for read operations for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_writes_total",
                "Number of block map for write operations for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_unmaps_total",
                "Number of block unmaps (deletes) for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_extent_list_insertions_total",
                "Number of extent list insertions for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_extent_list_deletions_total",
                "Number of extent list deletions for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_extent_list_lookups_total",
                "Number of extent list lookups for a filesystem."},
    FieldMetric{"blk_map", "node_xfs_block_mapping_extent_list_compares_total",
                "Number of extent list compares for a filesystem."},
    FieldMetric{"bmbt", "node_xfs_block_map_btree_lookups_total",
                "Number of block map B-tree lookups for a filesystem."},
    FieldMetric{"bmbt", "node_xfs_block_map_btree_compares_total",
                "Number of block map B-tree compares for a filesystem."},
    FieldMetric{"bmbt", "node_xfs_block_map_btree_records_inserted_total",
                "Number of block map B-tree records inserted for a filesystem."},
    FieldMetric{"bmbt", "node_xfs_block_map_btree_records_deleted_total",
                "Number of block map B-tree records deleted for a filesystem."},
    FieldMetric{"dir", "node_xfs_directory_operation_lookup_total",
                "Number of file name directory lookups which miss the operating systems directory "
                "name lookup cache."},
    FieldMetric{"dir", "node_xfs_directory_operation_create_total",
                "Number of times a new directory entry was created for a filesystem."},
    FieldMetric{"dir", "node_xfs_directory_operation_remove_total",
                "Number of times an existing directory entry was created for a filesystem."},
    FieldMetric{"dir", "node_xfs_directory_operation_getdents_total",
                "Number of times the directory getdents operation was performed for a "
                "filesystem."},
    FieldMetric{"ig", "node_xfs_inode_operation_attempts_total",
                "Number of times the OS looked for an XFS inode in the inode cache."},
    FieldMetric{"ig", "node_xfs_inode_operation_found_total",
                "Number of times the OS looked for and found an XFS inode in the inode cache."},
    FieldMetric{"ig", "node_xfs_inode_operation_recycled_total",
                "Number of times the OS found an XFS inode in the cache, but could not use it as "
                "it was being recycled."},
    FieldMetric{"ig", "node_xfs_inode_operation_missed_total",
                "Number of times the OS looked for an XFS inode in the cache, but did not find "
                "it."},
    FieldMetric{"ig", "node_xfs_inode_operation_duplicates_total",
                "Number of times the OS tried to add a missing XFS inode to the inode cache, but "
                "found it had already been added by another process."},
    FieldMetric{"ig", "node_xfs_inode_operation_reclaims_total",
                "Number of times the OS reclaimed an XFS inode from the inode cache to free memory "
                "for another purpose."},
    FieldMetric{"ig", "node_xfs_inode_operation_attribute_changes_total",
                "Number of times the OS explicitly changed the attributes of an XFS inode."},
    FieldMetric{"rw", "node_xfs_write_calls_total",
                "Number of write(2) system calls made to files in a filesystem."},
    FieldMetric{"rw", "node_xfs_read_calls_total",
                "Number of read(2) system calls made to files in a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_active_total",
                "Number of vnodes not on free lists for a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_allocate_total",
                "Number of times vn_alloc called for a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_get_total",
                "Number of times vn_get called for a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_hold_total",
                "Number of times vn_hold called for a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_release_total",
                "Number of times vn_rele called for a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_reclaim_total",
                "Number of times vn_reclaim called for a filesystem."},
    FieldMetric{"vnodes", "node_xfs_vnode_remove_total",
                "Number of times vn_remove called for a filesystem."},
};

// "dir 3 13 1 8": the line's name, then its columns.
void add_line(GroupedSamples& samples, std::string_view device, std::string_view line) {
  const auto name = next_field(line);
  for (const auto& column : kColumns) {
    if (column.field != name) continue;
    const auto value = to_u64(next_field(line));
    if (!value) return;
    samples.add(column, {{"device", device}}, *value);
  }
}

class Xfs final : public Collector {
 public:
  explicit Xfs(const Context& context)
      : devices_(context.fs, "sys/fs/xfs",
                 [&fs = context.fs](const std::string& name, const std::string& dir) {
                   const auto stats = dir + "/stats/stats";
                   return fs.exists(stats)
                              ? std::make_unique<Device>(Device{name, HotFile(fs, stats)})
                              : nullptr;  // the sum of all
                 }) {}

  Status collect(MetricSink& out) override {
    const auto ok = devices_.refresh();
    if (!ok && ok.error().is_absent()) return {};  // no such file system, as upstream
    if (!ok) return ok;
    GroupedSamples samples;
    for (auto* device : devices_.devices()) {
      const auto text = device->stats.read();
      if (!text && text.error().is_absent()) continue;  // it has gone
      if (!text) return text.error();
      std::string_view rest = *text, line;
      while (next_line(rest, line)) add_line(samples, device->name, line);
    }
    samples.write(out);
    return {};
  }

 private:
  struct Device {
    std::string name;
    HotFile stats;
  };

  DeviceDir<Device> devices_;
};

}  // namespace

Result<CollectorPtr> make_xfs(const Context& context) { return std::make_unique<Xfs>(context); }

}  // namespace hx
