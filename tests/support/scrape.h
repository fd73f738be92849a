// SPDX-License-Identifier: Apache-2.0
// Scrapes one collector on a tree of files, and reads exposition text back.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "collectors/collector.h"

namespace hx::test {

struct Scrape {
  Status status;
  std::string text;

  // The text after the series `name{label="value",...}` with the labels sorted; "" for none.
  std::string value(std::string_view series) const;
};

// A collector of the table that lives from scrape to scrape, as in the daemon. Throws when the
// table has no such row.
class LiveCollector {
 public:
  LiveCollector(std::string_view name, const HostFs& fs, CollectorOptions options = {},
                Syscalls sys = {});
  LiveCollector(const LiveCollector&) = delete;
  LiveCollector& operator=(const LiveCollector&) = delete;

  // The failure to make the collector, too, is a failed scrape.
  Scrape scrape();

 private:
  CollectorOptions options_;
  SharedReads shared_;
  Context context_;
  Result<CollectorPtr> collector_;
};

// One collect() of the collector `name` of the table. `times` > 1 scrapes repeatedly and returns
// the last result.
Scrape scrape_collector(std::string_view name, const HostFs& fs,
                        const CollectorOptions& options = {}, Syscalls sys = {}, int times = 1);

// Series (labels sorted) to value, of exposition text without exemplars and time stamps.
std::map<std::string, std::string> parse_exposition(std::string_view text);

}  // namespace hx::test
