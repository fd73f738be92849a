// SPDX-License-Identifier: Apache-2.0
// The files that collectors read on the fixture hosts, with any content.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/syscalls.h"
#include "collectors/collector.h"
#include "support/fixture_host.h"
#include "support/temp_host.h"

namespace hx::test {

// An input is two bytes that choose a collector and one of its files, and the file's content.
class CollectorFiles {
 public:
  // Those of one collector, or of all where no name is given.
  explicit CollectorFiles(std::string_view name);

  // The files as they are, as inputs.
  std::vector<std::string> seeds() const;
  // Scrapes with the content, and once more with the good one. Throws when Prometheus would refuse
  // the text.
  void run(std::string_view input);

 private:
  struct File {
    const TempHost* host;
    const CollectorEntry* collector;
    const CollectorOptions* options;
    std::string path, content;
  };
  void add_host(const std::filesystem::path& fixture, std::string_view name);
  void add_files(const TempHost& host, OpenedFiles& opened, const CollectorEntry& collector,
                 const CollectorOptions& options);
  void check(const File& file, const std::string& text);

  const std::vector<CollectorOptions> options_;  // each reads files that the others do not
  const Syscalls sys_;
  std::vector<std::unique_ptr<TempHost>> hosts_;
  std::vector<File> files_;
  std::unordered_set<std::size_t> checked_;  // hashes: most inputs give one of a few texts
};

}  // namespace hx::test
