// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

namespace fs = std::filesystem;

// A host with one directory of text files, and a collector of it that is kept.
class Textfiles {
 public:
  Textfiles() { host.make_dir("text"); }

  // The collector is made at the first scrape.
  Scrape scrape() {
    if (!collector_) collector_.emplace("textfile", host.fs(), options());
    auto result = collector_->scrape();
    REQUIRE(result.status);
    return result;
  }

  void write(std::string_view name, std::string_view text) const {
    host.write("text/" + std::string(name), text);
  }
  std::string path(std::string_view name) const { return (host.dir() / "text" / name).string(); }
  CollectorOptions options() const {
    CollectorOptions options;
    options.textfile_directory = {(host.dir() / "text").string()};
    return options;
  }

  const TempHost host;

 private:
  std::optional<LiveCollector> collector_;
};

std::string failed(const Scrape& scrape) { return scrape.value("node_textfile_scrape_error"); }

std::string mtime(const Scrape& scrape, const std::string& path) {
  return scrape.value("node_textfile_mtime_seconds{file=\"" + path + "\"}");
}

}  // namespace

TEST_CASE("textfile: without a directory there is nothing, and no error") {
  const TempHost host;
  const auto scrape = scrape_collector("textfile", host.fs());
  REQUIRE(scrape.status);
  CHECK(failed(scrape) == "0");
  CHECK(parse_exposition(scrape.text).size() == 1);
  CollectorOptions options;
  options.textfile_directory = {""};
  CHECK(failed(scrape_collector("textfile", host.fs(), options)) == "0");
}

TEST_CASE("textfile: the series of a file are exported, with the time of its last change") {
  Textfiles files;
  files.write("a.prom", "# HELP a Help.\n# TYPE a counter\na{y=\"2\",x=\"1\"} 5\na{z=\"3\"} 6\n");
  files.write("b.txt", "b 1\n");
  files.write("c.prom.tmp", "c 1\n");
  const timespec times[2]{{.tv_sec = 1'764'000'001, .tv_nsec = 900'000'000},
                          {.tv_sec = 1'764'000'001, .tv_nsec = 900'000'000}};
  REQUIRE(::utimensat(AT_FDCWD, files.path("a.prom").c_str(), times, 0) == 0);
  const auto scrape = files.scrape();
  CHECK(scrape.text.starts_with("# HELP a Help.\n# TYPE a counter\n"));
  CHECK(scrape.value("a{x=\"1\",y=\"2\",z=\"\"}") == "5");
  CHECK(scrape.value("a{x=\"\",y=\"\",z=\"3\"}") == "6");
  CHECK(mtime(scrape, files.path("a.prom")) == "1764000001");
  CHECK(failed(scrape) == "0");
  CHECK(parse_exposition(scrape.text).size() == 4);
}

TEST_CASE("textfile: an invalid file contributes nothing, the others everything") {
  Textfiles files;
  files.write("bad.prom", "bad 1\nbad x\n");
  files.write("stamped.prom", "stamped 1 1700000000000\n");
  files.write("good.prom", "good 1\n");
  const auto scrape = files.scrape();
  CHECK(failed(scrape) == "1");
  CHECK(scrape.value("good") == "1");
  CHECK(scrape.value("bad").empty());
  CHECK(scrape.value("stamped").empty());
  CHECK(mtime(scrape, files.path("bad.prom")).empty());
  files.host.remove("text/bad.prom");
  files.write("stamped.prom", "stamped 1\n");
  CHECK(failed(files.scrape()) == "0");
}

TEST_CASE("textfile: a change is seen at the next scrape, whatever kind it is") {
  Textfiles files;
  CHECK(failed(files.scrape()) == "0");
  files.write("a.prom", "a 1\n");
  CHECK(files.scrape().value("a") == "1");
  files.write("a.prom", "a 22\n");
  CHECK(files.scrape().value("a") == "22");
  files.write("new", "a 33\n");
  fs::rename(files.path("new"), files.path("a.prom"));
  CHECK(files.scrape().value("a") == "33");
  CHECK(files.scrape().value("a") == "33");
  files.host.remove("text/a.prom");
  CHECK(files.scrape().value("a").empty());
}

TEST_CASE("textfile: families of several files are one family, sorted by name") {
  Textfiles files;
  files.write("1.prom", "b{file=\"1\"} 1\n# HELP a Help of a.\na 1\n");
  files.write("2.prom", "b{file=\"2\"} 2\na{x=\"y\"} 2\n");
  const auto scrape = files.scrape();
  CHECK(
      scrape.text.starts_with("# HELP a Help of a.\n# TYPE a untyped\na 1\na{x=\"y\"} 2\n"
                              "# HELP b Metric read from " +
                              files.path("1.prom") + ", " + files.path("2.prom") +
                              "\n# TYPE b untyped\nb{file=\"1\"} 1\nb{file=\"2\"} 2\n"));
  CHECK(failed(scrape) == "0");
}

TEST_CASE("textfile: a family that contradicts an earlier file's is left out and reported") {
  Textfiles files;
  files.write("1.prom", "# HELP a one\na 1\n# TYPE b counter\nb 1\n");
  files.write("2.prom", "# HELP a two\na{x=\"2\"} 2\n# TYPE b gauge\nb{x=\"2\"} 2\nc 2\n");
  files.write("3.prom", "# HELP a one\na{x=\"3\"} 3\n");
  const auto scrape = files.scrape();
  CHECK(scrape.value("a") == "1");
  CHECK(scrape.value("a{x=\"2\"}").empty());
  CHECK(scrape.value("a{x=\"3\"}") == "3");
  CHECK(scrape.value("b{x=\"2\"}").empty());
  CHECK(scrape.value("c") == "2");
  CHECK(failed(scrape) == "1");
  CHECK(failed(files.scrape()) == "1");
  files.host.remove("text/2.prom");
  CHECK(failed(files.scrape()) == "0");
}

TEST_CASE("textfile: a series that is there twice is exported once, the first of them") {
  Textfiles files;
  files.write("1.prom", "a{x=\"1\"} 1\na{x=\"1\"} 2\na{x=\"1\",y=\"\"} 3\n");
  files.write("2.prom", "a{x=\"1\"} 4\n");
  const auto scrape = files.scrape();
  CHECK(scrape.value("a{x=\"1\",y=\"\"}") == "1");
  CHECK(parse_exposition(scrape.text).size() == 1 + 3);
  CHECK(failed(scrape) == "0");
}

TEST_CASE("textfile: histograms and summaries are written whole and in order") {
  Textfiles files;
  files.write("a.prom",
              "# TYPE h histogram\nh_bucket{le=\"2.50\"} 3\nh_bucket{le=\"1e0\"} 1\nh_sum 4\n"
              "h_count 5\n# TYPE s summary\ns{quantile=\"0.5\"} 7\ns_sum 8\ns_count 9\n");
  const auto scrape = files.scrape();
  CHECK(scrape.text.find("h_bucket{le=\"1\"} 1\nh_bucket{le=\"2.5\"} 3\nh_bucket{le=\"+Inf\"} 5\n"
                         "h_sum 4\nh_count 5\n") != std::string::npos);
  CHECK(scrape.text.find("s{quantile=\"0.5\"} 7\ns_sum 8\ns_count 9\n") != std::string::npos);
}

TEST_CASE("textfile: what is no regular file is an error, not a wait") {
  Textfiles files;
  files.write("a.prom", "a 1\n");
  files.host.make_dir("text/dir.prom");
  auto scrape = files.scrape();
  CHECK(failed(scrape) == "1");
  CHECK(scrape.value("a") == "1");
  files.host.remove("text/dir.prom");
  CHECK(failed(files.scrape()) == "0");
  REQUIRE(::mkfifo(files.path("fifo.prom").c_str(), 0600) == 0);
  CHECK(failed(files.scrape()) == "1");
  files.host.remove("text/fifo.prom");
  files.host.link("text/dangling.prom", "nowhere");
  CHECK(failed(files.scrape()) == "1");
  files.host.remove("text/dangling.prom");
  files.write("huge.prom", "");
  fs::resize_file(files.path("huge.prom"), std::uintmax_t{1} << 30);
  CHECK(failed(files.scrape()) == "1");
}

TEST_CASE("textfile: a directory that goes is an error until it comes back") {
  Textfiles files;
  files.write("a.prom", "a 1\n");
  CHECK(failed(files.scrape()) == "0");
  files.host.remove("text");
  const auto scrape = files.scrape();
  CHECK(failed(scrape) == "1");
  CHECK(scrape.value("a").empty());
  files.write("a.prom", "a 1\n");
  CHECK(failed(files.scrape()) == "0");
}

TEST_CASE("textfile: directories may be several, and patterns that match later") {
  const TempHost host;
  CollectorOptions options;
  options.textfile_directory = {(host.dir() / "team-*").string(), (host.dir() / "own/").string()};
  host.write("own/a.prom", "a{dir=\"own\"} 1\n");
  LiveCollector textfile("textfile", host.fs(), options);
  auto scrape = textfile.scrape();
  CHECK(failed(scrape) == "0");
  CHECK(scrape.value("a{dir=\"own\"}") == "1");
  CHECK_FALSE(mtime(scrape, (host.dir() / "own/a.prom").string()).empty());
  host.write("team-1/a.prom", "a{dir=\"1\"} 1\n");
  host.write("team-2/a.prom", "a{dir=\"2\"} 1\n");
  scrape = textfile.scrape();
  CHECK(scrape.value("a{dir=\"1\"}") == "1");
  CHECK(scrape.value("a{dir=\"2\"}") == "1");
}

TEST_CASE("textfile: a directory that is not there at the start is refused by name") {
  const TempHost host;
  host.write("file", "");
  const auto message = [&](const std::string& directory) {
    CollectorOptions options;
    options.textfile_directory = {host.dir().string(), directory};
    const auto status = LiveCollector("textfile", host.fs(), options).scrape().status;
    return status ? "made" : status.error().message();
  };
  CHECK(message("/no/such") ==
        "--collector.textfile.directory: /no/such: No such file or directory");
  const auto file = (host.dir() / "file").string();
  CHECK(message(file) == "--collector.textfile.directory: " + file + ": Not a directory");
  CHECK(message("/no/such-*") == "made");
}

}  // namespace hx::test
