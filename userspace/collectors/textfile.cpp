// SPDX-License-Identifier: Apache-2.0
// Metrics that other programs leave in *.prom files of the directories of a flag.
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "base/log.h"
#include "collectors/collector.h"
#include "metrics/exposition_parser.h"

namespace hx {
namespace {

constexpr std::string_view kFlag = "collector.textfile.directory";
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20;  // of one file: a scrape has less

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// The directories that a pattern stands for, sorted; none is no error.
std::vector<std::string> expand(const std::string& pattern) {
  if (!is_pattern(pattern)) return {pattern};
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

Result<std::vector<ParsedFamily>> read_families(const std::string& path, const FileStamp& stamp) {
  if (!stamp.is_regular) return Error{0, path + ": not a regular file"};
  if (stamp.size > kMostBytes) return Error{EFBIG, path};
  const auto text = read_file(path);
  if (!text) return text.error();
  auto families = parse_families(*text);
  if (!families) return Error{0, path + ": " + families.error().what};
  return families;
}

// One family of all files.
struct Merged {
  struct Part {
    const std::string* path;
    const ParsedFamily* family;
  };
  std::vector<Part> parts;
  const std::string* help = nullptr;

  FamilyType type() const { return parts.front().family->type; }
};
using MergedFamilies = std::map<std::string_view, Merged>;

// Writes the series of one file's family. All have the same labels, as upstream's have.
class SeriesWriter {
 public:
  SeriesWriter(MetricSink& out, const ParsedFamily& family) : out_(out), family_(family) {
    for (const auto& series : family.series) {
      for (const auto& label : series.labels) names_.insert(label.first);
    }
  }

  void write(const ParsedSeries& series) {
    labels_.clear();
    auto own = series.labels.begin();
    for (const auto& name : names_) {  // both are sorted
      const bool has = own != series.labels.end() && own->first == name;
      labels_.emplace_back(name, has ? std::string_view((own++)->second) : std::string_view());
    }
    if (family_.type == FamilyType::kHistogram) {
      write_histogram(series);
    } else if (family_.type == FamilyType::kSummary) {
      for (const auto& [quantile, value] : series.points)
        write_point("", "quantile", quantile, value);
      write_totals(series);
    } else {
      out_.sample(family_.name, "", labels_, "", series.value);
    }
  }

 private:
  void write_histogram(const ParsedSeries& series) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (const auto& [bound, count] : series.points) write_point("_bucket", "le", bound, count);
    const bool has_last = !series.points.empty() && series.points.back().first == kInfinity;
    if (!has_last) write_point("_bucket", "le", kInfinity, series.count);
    write_totals(series);
  }

  void write_point(std::string_view suffix, std::string_view label, double at, double value) {
    at_.clear();
    append_value(at_, at);
    labels_.emplace_back(label, at_);
    out_.sample(family_.name, suffix, labels_, "", value);
    labels_.pop_back();
  }

  void write_totals(const ParsedSeries& series) {
    out_.sample(family_.name, "_sum", labels_, "", series.sum);
    out_.sample(family_.name, "_count", labels_, "", series.count);
  }

  MetricSink& out_;
  const ParsedFamily& family_;
  std::set<std::string_view> names_;
  std::vector<Label> labels_;
  std::string at_;
};

// What is wrong, each with a line in the log when it begins.
class Complaints {
 public:
  void begin() {
    before_.swap(now_);
    now_.clear();
  }
  void add(const std::string& complaint) {
    if (now_.insert(complaint).second && !before_.contains(complaint)) {
      log_warning("collector textfile: " + complaint);
    }
  }
  bool any() const noexcept { return !now_.empty(); }

 private:
  std::set<std::string> now_, before_;
};

class Textfile final : public Collector {
 public:
  explicit Textfile(const std::vector<std::string>& directories) : directories_(directories) {}

  Status collect(MetricSink& out) override;
  bool yields() const override {
    return std::any_of(files_.begin(), files_.end(),
                       [](const auto& file) { return !file.second.families.empty(); });
  }

 private:
  // A file as last read, by its path.
  struct File {
    FileStamp stamp;
    std::vector<ParsedFamily> families;
    bool failed = false;
    std::uint64_t seen_at = 0;  // number of the scrape
  };

  void read_directory(const std::string& directory);
  void read_one(const std::string& path);
  void forget_unseen();
  void merge();
  MergedFamilies families_by_name();
  void write(std::string_view name, const Merged& merged);

  const std::vector<std::string> directories_;
  std::map<std::string, File> files_;
  std::string text_;      // of all files
  bool changed_ = false;  // files_ since text_ was made
  Complaints errors_;     // of this scrape
  Complaints conflicts_;  // between the files of text_
  std::uint64_t scrape_ = 0;
};

Status Textfile::collect(MetricSink& out) {
  ++scrape_;
  errors_.begin();
  for (const auto& pattern : directories_) {
    for (const auto& directory : expand(pattern)) read_directory(directory);
  }
  forget_unseen();
  if (changed_) merge();
  changed_ = false;
  out.raw(text_);

  auto mtime =
      out.gauge("node_textfile_mtime_seconds", "Unixtime mtime of textfiles successfully read.");
  bool failed = errors_.any() || conflicts_.any();
  for (const auto& [path, file] : files_) {
    failed = failed || file.failed;
    if (!file.failed) mtime.add({{"file", path}}, file.stamp.mtime_ns / 1'000'000'000);
  }
  out.gauge("node_textfile_scrape_error",
            "1 if there was an error opening or reading a file, 0 otherwise")
      .add(failed);
  return {};
}

void Textfile::read_directory(const std::string& directory) {
  const auto names = list_directory(directory);
  if (!names) return errors_.add(names.error().message());
  for (const auto& name : *names) {
    if (!name.ends_with(".prom")) continue;
    read_one((std::filesystem::path(directory) / name).lexically_normal().string());
  }
}

// Reads the file unless it is as last seen. One that has gone since the directory was read is no
// error.
void Textfile::read_one(const std::string& path) {
  const auto stamp = stamp_file(path);
  if (!stamp) {
    std::error_code ignored;
    const bool is_there = std::filesystem::is_symlink(path, ignored);
    if (stamp.error().code != ENOENT || is_there) errors_.add(stamp.error().message());
    return;
  }
  auto& file = files_[path];
  file.seen_at = scrape_;
  if (file.stamp == *stamp) return;
  changed_ = true;
  file.stamp = *stamp;
  auto families = read_families(path, *stamp);
  if (!families && families.error().code == ENOENT) {
    files_.erase(path);
    return;
  }
  file.failed = !families;
  file.families = std::move(families).value_or({});
  if (file.failed) log_warning("collector textfile: " + families.error().message());
}

void Textfile::forget_unseen() {
  const auto gone =
      std::erase_if(files_, [this](const auto& entry) { return entry.second.seen_at != scrape_; });
  changed_ = changed_ || gone > 0;
}

void Textfile::merge() {
  text_.clear();
  conflicts_.begin();
  for (const auto& [name, merged] : families_by_name()) write(name, merged);
}

// A family that contradicts the help or type of an earlier file's is left out.
MergedFamilies Textfile::families_by_name() {
  MergedFamilies all;
  for (const auto& [path, file] : files_) {
    for (const auto& family : file.families) {
      auto& merged = all[family.name];
      const bool differs = !merged.parts.empty() && family.type != merged.type();
      if (differs || (merged.help != nullptr && family.help && *family.help != *merged.help)) {
        conflicts_.add(path + ": " + family.name + " has another " +
                       (differs ? "type" : "help text") + " in " + *merged.parts.front().path);
        continue;
      }
      if (family.help && merged.help == nullptr) merged.help = &*family.help;
      merged.parts.push_back({&path, &family});
    }
  }
  return all;
}

void Textfile::write(std::string_view name, const Merged& merged) {
  MetricSink out(text_);
  std::string help = "Metric read from ";
  for (const auto& part : merged.parts) {
    help.append(&part == &merged.parts.front() ? "" : ", ").append(*part.path);
  }
  if (merged.help != nullptr) help = *merged.help;
  out.header(name, to_utf8(help), to_text(merged.type()));

  std::set<std::string> seen;  // of a series that is there twice the first stands
  for (const auto& part : merged.parts) {
    SeriesWriter writer(out, *part.family);
    for (const auto& series : part.family->series) {
      if (seen.insert(label_signature(series.labels)).second) writer.write(series);
    }
  }
}

}  // namespace

Result<CollectorPtr> make_textfile(const Context& context) {
  std::vector<std::string> directories;
  for (const auto& directory : context.options.textfile_directory) {
    if (directory.empty()) continue;
    std::error_code error;
    if (!is_pattern(directory) && !std::filesystem::is_directory(directory, error)) {
      return Error{error ? error.value() : ENOTDIR, "--" + std::string(kFlag) + ": " + directory};
    }
    directories.push_back(directory);
  }
  return std::make_unique<Textfile>(directories);
}

}  // namespace hx
