// SPDX-License-Identifier: Apache-2.0
// The devices that a directory of sysfs lists (/sys/class/hwmon), each with what its owner keeps of
// it, names and open files, for as long as it is there.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/host_fs.h"

namespace hx {

template <class Device>
class DeviceDir {
 public:
  // Gets the name in the directory and the path; null for what is not wanted.
  using Make = std::function<std::unique_ptr<Device>(const std::string& name, std::string path)>;

  DeviceDir(const HostFs& fs, std::string_view path, Make make)
      : dir_(fs, path), make_(std::move(make)) {}

  // Looks which devices have come, gone, or been replaced by others of the same name. Without the
  // directory there are none.
  Status refresh() {
    auto found = dir_.entries();
    if (!found) {
      changed_ = !entries_.empty();
      entries_.clear();
      devices_.clear();
      return found.error();
    }
    std::erase_if(*found, [](const DirEntry& entry) { return entry.is_file; });
    const auto gone = std::erase_if(entries_, [&](const auto& known) {
      return !std::binary_search(found->begin(), found->end(), known.first, ByName());
    });
    changed_ = gone > 0;
    devices_.clear();
    for (const auto& [name, inode, is_file] : *found) {
      auto& entry = entries_[name];
      if (inode != entry.inode) {
        entry = {inode, make_(name, dir_.path() + "/" + name)};
        changed_ = true;
      }
      if (entry.device) devices_.push_back(entry.device.get());
    }
    return {};
  }

  // Whether the last refresh() found other devices than the one before.
  bool changed() const noexcept { return changed_; }
  // Sorted by name; valid until the next refresh().
  const std::vector<Device*>& devices() const noexcept { return devices_; }

  // Closes the directory until the next refresh(): for one in each of many devices.
  void close() noexcept { dir_.close(); }

  // Whether so many files of each device may stay open.
  bool keeps_open(std::size_t files_per_device) const noexcept {
    return devices_.size() * files_per_device <= most_open_files();
  }
  // The same for devices that tell by file_count() how many files each has.
  bool keeps_open() const noexcept { return file_count() <= most_open_files(); }
  std::size_t file_count() const noexcept {
    std::size_t count = 0;
    for (const auto* device : devices_) count += device->file_count();
    return count;
  }

 private:
  struct Entry {
    std::uint64_t inode = 0;  // of the link: sysfs makes a new one with each device
    std::unique_ptr<Device> device;
  };
  struct ByName {
    bool operator()(const DirEntry& a, const std::string& b) const { return a.name < b; }
    bool operator()(const std::string& a, const DirEntry& b) const { return a < b.name; }
  };

  HotDir dir_;
  Make make_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<Device*> devices_;
  bool changed_ = false;
};

}  // namespace hx
