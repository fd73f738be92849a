// SPDX-License-Identifier: Apache-2.0
// Every collector of the table on every fixture host, with each file that it reads damaged in turn.
#include <doctest/doctest.h>
#include <sys/inotify.h>

#include <array>
#include <climits>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "base/fd.h"
#include "support/exposition.h"
#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

namespace stdfs = std::filesystem;

std::string read_file(const stdfs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void copy_fixture(const stdfs::path& from, const TempHost& to) {
  for (const auto& tree : stdfs::directory_iterator(from)) {
    const auto name = tree.path().filename();
    if (name == "expected") continue;
    stdfs::copy(tree.path(), to.dir() / name,
                stdfs::copy_options::recursive | stdfs::copy_options::copy_symlinks);
  }
}

// Tells which files below a directory are opened, so that each row meets the damage of its own
// files only: all files for all rows would take minutes.
class OpenedFiles {
 public:
  explicit OpenedFiles(const stdfs::path& root)
      : root_(root), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    watch(root);
    for (const auto& entry : stdfs::recursive_directory_iterator(root)) {
      if (entry.is_directory() && !entry.is_symlink()) watch(entry.path());
    }
  }

  // Forgets what was opened; the queue may have overflowed.
  void discard() {
    std::array<char, 65536> buffer;
    while (::read(inotify_.get(), buffer.data(), buffer.size()) > 0) continue;
  }

  // Those since the last call, as paths from the root.
  std::set<std::string> take() {
    std::set<std::string> files;
    alignas(inotify_event) std::array<char, 64 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer;
    for (;;) {
      const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
      if (got <= 0) return files;
      for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += sizeof(inotify_event) + event->len;
        if ((event->mask & IN_Q_OVERFLOW) != 0) throw std::runtime_error("inotify overflow");
        if ((event->mask & IN_ISDIR) != 0 || event->len == 0) continue;
        files.insert((directories_.at(event->wd) / event->name).lexically_relative(root_));
      }
    }
  }

 private:
  void watch(const stdfs::path& directory) {
    const int watch = ::inotify_add_watch(inotify_.get(), directory.c_str(), IN_OPEN);
    if (watch < 0) throw std::runtime_error("inotify_add_watch " + directory.string());
    directories_[watch] = directory;
  }

  stdfs::path root_;
  Fd inotify_;
  std::map<int, stdfs::path> directories_;
};

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

// What is off by default reads more files.
CollectorOptions everything_on() {
  CollectorOptions options;
  for (const auto& flag : collector_flags()) {
    if (const auto* on = std::get_if<bool CollectorOptions::*>(&flag.value)) options.*(*on) = true;
  }
  return options;
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
    for (const auto& [damage, text] : damages_of(content)) {
      INFO(damage);
      host.write(file, text);
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
      const auto all = scrape_collector(entry.name, host.fs(), everything_on(), fixture_syscalls());
      if (all.text != text) damage_files_of(entry, host, opened, everything_on());
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
