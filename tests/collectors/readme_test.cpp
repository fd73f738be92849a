// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "base/host_fs.h"
#include "base/text.h"
#include "collectors/collector.h"

namespace hx::test {
namespace {

std::string readme_row(const CollectorEntry& entry) {
  const auto comma = entry.help.rfind(", ");
  REQUIRE_MESSAGE(comma != std::string_view::npos, "no source in the help of " << entry.name);
  return "| `" + std::string(entry.name) + "` | " + std::string(entry.help.substr(0, comma)) +
         " | " + std::string(entry.help.substr(comma + 2)) + " | " +
         (entry.enabled_by_default ? "on" : "off") + " |";
}

}  // namespace

TEST_CASE("collectors: the README's table of them is the program's") {
  const auto readme = read_file(HX_SOURCE_DIR "/README.md");
  REQUIRE(readme);
  std::string_view rest = *readme, line;
  std::vector<std::string> rows;
  while (next_line(rest, line)) {
    if (line.ends_with(" | on |") || line.ends_with(" | off |")) rows.emplace_back(line);
  }
  std::vector<std::string> expected;
  for (const auto& entry : collector_table()) expected.push_back(readme_row(entry));
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i] == expected[i]);
}

}  // namespace hx::test
