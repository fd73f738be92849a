// SPDX-License-Identifier: Apache-2.0
#include "fuzz/collector_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "base/fd.h"
#include "support/exposition.h"
#include "support/fixture_syscalls.h"
#include "support/scrape.h"

namespace hx::test {
namespace {

namespace stdfs = std::filesystem;

void write_over(const TempHost& host, const std::string& path, std::string_view content) {
  const Fd file(::open((host.dir() / path).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  const auto size = static_cast<ssize_t>(content.size());
  if (::write(file.get(), content.data(), content.size()) != size) {
    throw std::runtime_error("write " + path);
  }
}

}  // namespace

CollectorFiles::CollectorFiles(std::string_view name)
    : options_{CollectorOptions(), switched(true), switched(false)}, sys_(fixture_syscalls()) {
  for (const auto& fixture : stdfs::directory_iterator(HX_FIXTURES)) {
    if (fixture.is_directory()) add_host(fixture, name);
  }
  if (files_.empty()) throw std::invalid_argument("no files of " + std::string(name));
}

void CollectorFiles::add_host(const stdfs::path& fixture, std::string_view name) {
  const auto& host = *hosts_.emplace_back(std::make_unique<TempHost>());
  copy_fixture(fixture, host);
  OpenedFiles opened(host.dir());
  for (const auto& collector : collector_table()) {
    if (!name.empty() && collector.name != name) continue;
    for (const auto& options : options_) add_files(host, opened, collector, options);
  }
}

// Of files of one name (the state of each battery) one stands for all: the longest.
void CollectorFiles::add_files(const TempHost& host, OpenedFiles& opened,
                               const CollectorEntry& collector, const CollectorOptions& options) {
  opened.discard();
  scrape_collector(collector.name, host.fs(), options, sys_);
  for (const auto& path : opened.take()) {
    const auto name = stdfs::path(path).filename();
    File file{&host, &collector, &options, path, read_file(host.dir() / path)};
    const auto same = std::find_if(files_.begin(), files_.end(), [&](const File& other) {
      return other.collector == &collector && stdfs::path(other.path).filename() == name;
    });
    if (same == files_.end()) {
      files_.push_back(std::move(file));
    } else if (same->content.size() < file.content.size()) {
      *same = std::move(file);
    }
  }
}

std::vector<std::string> CollectorFiles::seeds() const {
  std::vector<std::string> seeds;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    seeds.push_back({static_cast<char>(i >> 8), static_cast<char>(i & 0xff)});
    seeds.back() += files_[i].content;
  }
  return seeds;
}

void CollectorFiles::run(std::string_view input) {
  if (input.size() < 2) return;
  const auto high = static_cast<unsigned char>(input[0]),
             low = static_cast<unsigned char>(input[1]);
  const File& file = files_[(std::size_t{high} << 8 | low) % files_.size()];
  LiveCollector collector(file.collector->name, file.host->fs(), *file.options, sys_);
  write_over(*file.host, file.path, input.substr(2));
  check(file, collector.scrape().text);
  write_over(*file.host, file.path, file.content);
  check(file, collector.scrape().text);
}

void CollectorFiles::check(const File& file, const std::string& text) {
  constexpr std::size_t kEnough = 1'000'000;
  if (checked_.size() > kEnough) checked_.clear();
  if (!checked_.insert(std::hash<std::string>()(text)).second) return;
  const auto line = bad_exposition_line(text);
  if (line.empty()) return;
  throw std::logic_error(std::string(file.collector->name) + ", " + file.path + ": " + line);
}

}  // namespace hx::test
