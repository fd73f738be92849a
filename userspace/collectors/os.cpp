// SPDX-License-Identifier: Apache-2.0
// Name and version of the distribution, see os-release(5).
#include <algorithm>
#include <array>
#include <chrono>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::array kPaths{"etc/os-release", "usr/lib/os-release"};

// In the order of kFields.
enum Field {
  kBuildId,
  kId,
  kIdLike,
  kImageId,
  kImageVersion,
  kName,
  kPrettyName,
  kVariant,
  kVariantId,
  kVersion,
  kVersionCodename,
  kVersionId,
  kFieldCount
};

struct FieldName {
  std::string_view variable, label;
};
constexpr std::array<FieldName, kFieldCount> kFields{{{"BUILD_ID", "build_id"},
                                                      {"ID", "id"},
                                                      {"ID_LIKE", "id_like"},
                                                      {"IMAGE_ID", "image_id"},
                                                      {"IMAGE_VERSION", "image_version"},
                                                      {"NAME", "name"},
                                                      {"PRETTY_NAME", "pretty_name"},
                                                      {"VARIANT", "variant"},
                                                      {"VARIANT_ID", "variant_id"},
                                                      {"VERSION", "version"},
                                                      {"VERSION_CODENAME", "version_codename"},
                                                      {"VERSION_ID", "version_id"}}};

struct Release {
  std::array<std::string, kFieldCount> fields;
  std::optional<double> version;
  std::optional<std::int64_t> support_end;
};

// A value as a shell would read it: quotes removed, a backslash outside single quotes as well.
std::string unquote(std::string_view value) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\' && quote != '\'' && i + 1 < value.size()) {
      out += value[++i];
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      out += c;
    }
  }
  return out;
}

// The leading major.minor: 22.04 of "22.04.1".
std::optional<double> parse_version(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  double version = 0;
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, version, std::chars_format::fixed).ec != std::errc{}) {
    return std::nullopt;
  }
  return version;
}

// Seconds of the epoch at the begin of a day such as "2029-05-31", in UTC.
std::optional<std::int64_t> parse_date(std::string_view text) {
  const auto year = to_number<int>(cut(text, '-'));
  const auto month = to_number<unsigned>(cut(text, '-'));
  const auto day = to_number<unsigned>(text);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count();
}

Release parse_release(std::string_view text) {
  Release release;
  std::string_view line;
  while (next_line(text, line)) {
    auto value = trim(line);
    const auto variable = cut(value, '=');
    if (variable == "SUPPORT_END") {
      release.support_end = parse_date(unquote(value));
      continue;
    }
    const auto* field = std::find_if(kFields.begin(), kFields.end(),
                                     [&](const auto& f) { return f.variable == variable; });
    if (field == kFields.end()) continue;
    release.fields[static_cast<std::size_t>(field - kFields.begin())] = unquote(value);
  }
  release.version = parse_version(release.fields[kVersionId]);
  return release;
}

class Os final : public Collector {
 public:
  explicit Os(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    if (auto ok = refresh(); !ok) return ok;

    std::array<Label, kFieldCount> labels;
    for (std::size_t i = 0; i < kFieldCount; ++i) {
      labels[i] = {kFields[i].label, release_.fields[i]};
    }
    out.gauge("node_os_info",
              "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, "
              "image_version, name, pretty_name, variant, variant_id, version, version_codename, "
              "version_id.")
        .add(Labels(labels), 1);
    if (release_.version) {
      out.gauge("node_os_version", "Metric containing the major.minor part of the OS version.")
          .add({labels[kId], labels[kIdLike], labels[kName]}, *release_.version);
    }
    if (release_.support_end) {
      out.gauge("node_os_support_end_timestamp_seconds",
                "Metric containing the end-of-life date timestamp of the OS.")
          .add(*release_.support_end);
    }
    return {};
  }

 private:
  // Reads the first of kPaths that is there, unless it is as last read.
  Status refresh() {
    Error absent;
    for (const auto* path : kPaths) {
      const auto stamp = fs_.stamp(path);
      if (!stamp) {
        if (!stamp.error().is_absent()) return stamp.error();
        absent = stamp.error();
        continue;
      }
      if (*stamp == stamp_) return {};
      const auto text = fs_.read(path);
      if (!text) return text.error();
      release_ = parse_release(*text);
      stamp_ = *stamp;
      return {};
    }
    return absent;
  }

  const HostFs& fs_;
  FileStamp stamp_;
  Release release_;
};

}  // namespace

Result<CollectorPtr> make_os(const Context& context) { return std::make_unique<Os>(context); }

}  // namespace hx
