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

  DeviceDir(const HostFs& fs, std::string path, Make make)
      : fs_(fs), path_(std::move(path)), make_(std::move(make)) {}

  // Looks which devices have come, gone, or been replaced by others of the same name. Without the
  // directory there are none.
  Status refresh() {
    const auto names = fs_.list(path_);
    if (!names) {
      changed_ = !entries_.empty();
      entries_.clear();
      devices_.clear();
      return names.error();
    }
    const auto gone = std::erase_if(entries_, [&](const auto& entry) {
      return !std::binary_search(names->begin(), names->end(), entry.first);
    });
    changed_ = gone > 0;
    devices_.clear();
    for (const auto& name : *names) {
      auto path = path_ + "/" + name;
      const auto stamp = fs_.stamp(path).value_or({});
      auto& entry = entries_[name];
      if (stamp.inode != entry.inode) {
        const bool is_device = stamp.inode != 0 && !stamp.is_regular;
        entry.device = is_device ? make_(name, std::move(path)) : nullptr;
        entry.inode = stamp.inode;
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

  // Whether so many files of each device may stay open.
  bool keeps_open(std::size_t files_per_device) const noexcept {
    return devices_.size() * files_per_device <= most_open_files();
  }

 private:
  struct Entry {
    std::uint64_t inode = 0;
    std::unique_ptr<Device> device;
  };

  const HostFs& fs_;
  std::string path_;
  Make make_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<Device*> devices_;
  bool changed_ = false;
};

}  // namespace hx
