// SPDX-License-Identifier: Apache-2.0
// Every collector of the table on every fixture host, compared with expected/<name>.prom.
// HX_UPDATE_GOLDEN=1 (scripts/update-golden) rewrites the files; a person reads the difference.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/exposition.h"
#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// The failure stands in the file as well: that a host lacks something is part of its fixture. Where
// the fixture lies is not.
std::string render(const Scrape& scrape, const std::string& root) {
  auto text = scrape.text;
  if (!scrape.status) text += "# ERROR " + scrape.status.error().message() + "\n";
  for (auto at = text.find(root); at != std::string::npos; at = text.find(root, at)) {
    text.erase(at, root.size());
  }
  return text;
}

}  // namespace

TEST_CASE("golden: each collector gives the expected text on each fixture host") {
  const bool update = std::getenv("HX_UPDATE_GOLDEN") != nullptr;
  for (const auto& host : std::filesystem::directory_iterator(HX_FIXTURES)) {
    if (!host.is_directory()) continue;
    const HostFs fs(roots_below(host.path()));
    for (const auto& entry : collector_table()) {
      const auto expected = host.path() / "expected" / (std::string(entry.name) + ".prom");
      CAPTURE(expected.string());
      const auto scrape = scrape_collector(entry.name, fs, {}, fixture_syscalls());
      CHECK(bad_exposition_line(scrape.text) == "");
      const auto text = render(scrape, host.path().string());
      if (update) {
        std::filesystem::create_directories(expected.parent_path());
        std::ofstream(expected, std::ios::binary) << text;
      } else {
        CHECK_MESSAGE(std::filesystem::exists(expected), "run scripts/update-golden and read it");
        CHECK(text == read_file(expected));
      }
    }
  }
}

}  // namespace hx::test
