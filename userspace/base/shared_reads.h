// SPDX-License-Identifier: Apache-2.0
// What several units read of one scrape: it is read for the first of them and given to the others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/host_fs.h"
#include "base/links.h"
#include "base/netlink.h"
#include "base/result.h"
#include "base/syscalls.h"

namespace hx {

// The number of the current scrape.
using ScrapeNumber = std::atomic<std::uint64_t>;

// For several threads: who hangs in a read makes the others hang that want the same.
class SharedFile {
 public:
  using Use = std::function<Status(std::string_view text)>;

  SharedFile(const HostFs& fs, std::string_view path, const ScrapeNumber& scrape)
      : scrape_(scrape), file_(fs, path) {}

  const std::string& path() const noexcept { return file_.path(); }
  // What `use` makes of the text, or why there is none: the next one tries again.
  Status read(const Use& use);

 private:
  const ScrapeNumber& scrape_;
  std::mutex mutex_;
  HotFile file_;
  std::string_view text_;      // file_'s
  std::uint64_t read_in_ = 0;  // the scrape that text_ is of
};

// The answer to a RTM_GETLINK for all devices; the same for threads.
class SharedLinks {
 public:
  SharedLinks(Syscalls sys, const ScrapeNumber& scrape)
      : scrape_(scrape), route_(NETLINK_ROUTE, sys) {}

  Status dump(const Netlink::Each& each);

 private:
  struct Message {
    std::uint16_t type = 0;
    std::size_t begin = 0, size = 0;  // in bytes_
  };

  const ScrapeNumber& scrape_;
  std::mutex mutex_;
  Netlink route_;
  std::string bytes_;              // reused
  std::vector<Message> messages_;  // reused
  std::uint64_t read_in_ = 0;
};

class SharedReads {
  ScrapeNumber scrape_ = 1;  // before those that refer to it

 public:
  SharedReads(const HostFs& fs, Syscalls sys)
      : stat(fs, "proc/stat", scrape_),
        netstat(fs, "proc/net/netstat", scrape_),
        links(sys, scrape_) {}

  // From now on everything is read anew.
  void begin_scrape() noexcept { ++scrape_; }

  SharedFile stat, netstat;
  SharedLinks links;
};

}  // namespace hx
