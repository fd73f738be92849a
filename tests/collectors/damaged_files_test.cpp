// SPDX-License-Identifier: Apache-2.0
// Every collector of the table on every fixture host, with each file that it reads damaged in turn.
#include <doctest/doctest.h>

#include <array>
#include <set>

#include "support/exposition.h"
#include "support/fixture_host.h"
#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

namespace stdfs = std::filesystem;

struct Damage {
  const char* name;
  std::string text;
};

std::array<Damage, 4> damages_of(const std::string& good) {
  return {{{"emptied", ""},
           {"cut in the middle", good.substr(0, good.size() / 2)},
           {"bytes 0xff", std::string(good.size(), '\xff')},
           {"one long line", std::string(20'000, 'x')}}};
}

// The undamaged text.
std::string damage_files_of(const CollectorEntry& entry, const TempHost& host, OpenedFiles& opened,
                            const CollectorOptions& options) {
  std::set<std::string> checked;  // most damages give one of a few texts
  const auto check = [&](const Scrape& scrape) {
    if (checked.insert(scrape.text).second) CHECK(bad_exposition_line(scrape.text) == "");
  };
  opened.discard();
  LiveCollector veteran(entry.name, host.fs(), options, fixture_syscalls());
  const auto good = veteran.scrape();
  check(good);
  for (const auto& file : opened.take()) {
    const auto content = read_file(host.dir() / file);
    INFO(std::string(entry.name), ": ", file);
    for (const auto& damaged : damages_of(content)) {
      INFO(std::string(damaged.name));
      host.write(file, damaged.text);
      check(scrape_collector(entry.name, host.fs(), options, fixture_syscalls()));
      check(veteran.scrape());
    }
    host.write(file, content);
    CHECK(veteran.scrape().text == good.text);
  }
  return good.text;
}

}  // namespace

TEST_CASE("damaged files: no collector crashes, gives malformed text, or fails to recover") {
  for (const auto& fixture : stdfs::directory_iterator(HX_FIXTURES)) {
    if (!fixture.is_directory()) continue;
    const TempHost host;
    copy_fixture(fixture.path(), host);
    OpenedFiles opened(host.dir());
    for (const auto& entry : collector_table()) {
      const auto text = damage_files_of(entry, host, opened, {});
      for (const bool on : {true, false}) {
        const auto other =
            scrape_collector(entry.name, host.fs(), switched(on), fixture_syscalls());
        if (other.text != text) damage_files_of(entry, host, opened, switched(on));
      }
    }
  }
}

TEST_CASE("damaged files: the files of a collector are found by watching it") {
  const TempHost host;
  host.write("proc/loadavg", "1 2 3 4/5 6\n");
  host.write("proc/stat", "cpu0 1 2 3 4 5 6 7 8 9 10\n");
  OpenedFiles opened(host.dir());
  scrape_collector("loadavg", host.fs());
  CHECK(opened.take() == std::set<std::string>{"proc/loadavg"});
  scrape_collector("cpu", host.fs());
  CHECK(opened.take() == std::set<std::string>{"proc/stat"});
  CHECK(opened.take().empty());
}

TEST_CASE("damaged files: what Prometheus would refuse is told from what it takes") {
  const std::string head = "# HELP a Help.\n# TYPE a counter\n";
  for (const std::string good :
       {"", "a 1\n", "a -1.5e-07\na{b=\"c\"} NaN\n", "a{b=\"\\\\\\\"\\n}\",d=\"\"} +Inf\n",
        "a_bucket{le=\"1\"} 1\na_sum 2\na_count 3\n", "# HELP b \n# TYPE b gauge\nb 18446\n"}) {
    CAPTURE(good);
    CHECK(bad_exposition_line(head + good) == "");
  }
  for (const std::string bad :
       {"\n", "b 1\n", "a\n", "a x\n", "a 1", "a 1\na 2\n", "a{} 1\n", "a{b=c} 1\n",
        "a{b=\"\\c\"} 1\n", "a{b=\"\"\"} 1\n", "a-b 1\n", "a 0x1\n", "a{b=\"\xff\"} 1\n",
        "# HELP a Help.\na 1\n", "# HELP b b\nb 1\n# HELP a Help.\na 1\n", "# TYPE b gauge\n",
        "a_suffix 1\n", "# x\n"}) {
    CAPTURE(bad);
    CHECK(bad_exposition_line(head + bad) != "");
  }
}

}  // namespace hx::test
