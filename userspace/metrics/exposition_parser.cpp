// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition_parser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::array<std::pair<std::string_view, FamilyType>, 5> kTypes{
    {{"untyped", FamilyType::kUntyped},
     {"counter", FamilyType::kCounter},
     {"gauge", FamilyType::kGauge},
     {"histogram", FamilyType::kHistogram},
     {"summary", FamilyType::kSummary}}};

bool has_points(FamilyType type) noexcept {
  return type == FamilyType::kHistogram || type == FamilyType::kSummary;
}

void skip_blanks(std::string_view& rest) noexcept {
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
}

bool skip(std::string_view& rest, char c) noexcept {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

// Cuts a name off the front; colons are for names of metrics only.
std::string_view cut_name(std::string_view& rest, bool with_colons) noexcept {
  const auto is_letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (with_colons && c == ':');
  };
  std::size_t size = 0;
  while (size < rest.size() &&
         (is_letter(rest[size]) || (size > 0 && rest[size] >= '0' && rest[size] <= '9'))) {
    ++size;
  }
  const auto name = rest.substr(0, size);
  rest.remove_prefix(size);
  return name;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// A number as Go reads it: a plus sign is allowed, a NaN has neither sign nor payload.
std::optional<double> parse_value(std::string_view text) {
  const bool has_plus = skip(text, '+');
  if (has_plus && text.starts_with('-')) return std::nullopt;
  const auto value = to_double(text);
  const bool is_nan = value && std::isnan(*value);
  if (is_nan && (has_plus || to_lower(text) != "nan")) return std::nullopt;
  return value;
}

// Part of a message: the text may be of any length.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  return "\"" + std::string(text.substr(0, kMost)) + (text.size() > kMost ? "..." : "") + "\"";
}

// What a line tells about its family: x_count of a summary x is no family of its own.
enum class Role { kPlain, kSum, kCount };

class Parser {
 public:
  Status parse(std::string_view text);
  std::vector<ParsedFamily> take();

 private:
  struct Entry {
    ParsedFamily family;
    bool has_type = false;  // by a TYPE line or a sample
  };
  struct Target {
    Entry* entry = nullptr;
    Role role = Role::kPlain;
  };

  Error error(const std::string& what) const {
    return {0, "line " + std::to_string(line_) + ": " + what};
  }
  Target find_or_add(std::string_view name);
  Status parse_line(std::string_view line);
  Status parse_comment(std::string_view line);
  Status parse_help(std::string_view text, ParsedFamily& family) const;
  Status parse_type(std::string_view text, Entry& entry) const;
  Status parse_sample(std::string_view line);
  Status parse_labels(std::string_view& rest, OwnedLabels& labels) const;
  Status parse_label_value(std::string_view& rest, std::string& value) const;
  Result<double> parse_numbers(std::string_view rest) const;
  Status add_part(const Target& target, OwnedLabels labels, double value);

  std::map<std::string, Entry, std::less<>> families_;
  std::unordered_map<std::string, std::size_t> parts_;  // series of families with points
  std::size_t line_ = 0;
};

Parser::Target Parser::find_or_add(std::string_view name) {
  if (const auto found = families_.find(name); found != families_.end()) {
    return {&found->second, Role::kPlain};
  }
  struct Suffix {
    std::string_view text;
    Role role;
    bool of_summary;
  };
  constexpr std::array<Suffix, 3> kSuffixes{{{"_count", Role::kCount, true},
                                             {"_sum", Role::kSum, true},
                                             {"_bucket", Role::kPlain, false}}};
  for (const auto& suffix : kSuffixes) {
    if (!name.ends_with(suffix.text)) continue;
    const auto found = families_.find(name.substr(0, name.size() - suffix.text.size()));
    if (found == families_.end()) continue;
    const auto type = found->second.family.type;
    if (type == FamilyType::kHistogram || (type == FamilyType::kSummary && suffix.of_summary)) {
      return {&found->second, suffix.role};
    }
  }
  auto& entry = families_[std::string(name)];
  entry.family.name = name;
  return {&entry, Role::kPlain};
}

Status Parser::parse(std::string_view text) {
  while (!text.empty()) {
    ++line_;
    const bool is_whole = text.find('\n') != std::string_view::npos;
    auto line = cut(text, '\n');
    skip_blanks(line);
    if (line.empty()) continue;
    if (!is_whole) return error("unexpected end of the text: the last line has no end");
    if (line.find('\0') != std::string_view::npos) return error("zero byte");
    if (auto ok = parse_line(line); !ok) return ok;
  }
  return {};
}

Status Parser::parse_line(std::string_view line) {
  if (skip(line, '#')) return parse_comment(line);
  return parse_sample(line);
}

Status Parser::parse_comment(std::string_view line) {
  const auto keyword = next_field(line);
  if (keyword != "HELP" && keyword != "TYPE") return {};
  skip_blanks(line);
  if (line.empty()) return {};
  const auto name = cut_name(line, true);
  if (line.empty()) return {};
  if (name.empty() || !is_blank(line.front())) return error("invalid metric name in a comment");
  auto& entry = *find_or_add(name).entry;
  skip_blanks(line);
  if (line.empty()) return {};
  return keyword == "HELP" ? parse_help(line, entry.family) : parse_type(line, entry);
}

Status Parser::parse_help(std::string_view text, ParsedFamily& family) const {
  if (family.help) return error("second HELP line for " + quoted(family.name));
  std::string help;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      help += text[i];
    } else if (++i < text.size() && text[i] == 'n') {
      help += '\n';
    } else if (i < text.size() && (text[i] == '\\' || text[i] == '"')) {
      help += text[i];
    } else {
      return error("invalid escape sequence");
    }
  }
  family.help = to_utf8(help);
  return {};
}

Status Parser::parse_type(std::string_view text, Entry& entry) const {
  if (entry.has_type) {
    return error("second TYPE line for " + quoted(entry.family.name) + ", or after its samples");
  }
  const auto name = to_lower(text);
  const auto* type = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const auto& row) { return row.first == name; });
  if (type == kTypes.end()) return error("unknown metric type " + quoted(text));
  entry.family.type = type->second;
  entry.has_type = true;
  return {};
}

Status Parser::parse_sample(std::string_view line) {
  const auto name = cut_name(line, true);
  if (name.empty()) return error("invalid metric name");
  const auto target = find_or_add(name);
  target.entry->has_type = true;
  skip_blanks(line);
  OwnedLabels labels;
  if (skip(line, '{')) {
    if (auto ok = parse_labels(line, labels); !ok) return ok;
  }
  const auto value = parse_numbers(line);
  if (!value) return value.error();
  auto& family = target.entry->family;
  if (has_points(family.type)) return add_part(target, std::move(labels), *value);
  family.series.push_back(
      {.labels = std::move(labels), .value = *value, .sum = 0, .count = 0, .points = {}});
  return {};
}

// Behind the opening brace, up to and with the closing one.
Status Parser::parse_labels(std::string_view& rest, OwnedLabels& labels) const {
  for (;;) {
    skip_blanks(rest);
    if (skip(rest, '}')) break;
    const auto name = cut_name(rest, false);
    if (name.empty()) return error("invalid label name");
    if (name.starts_with("__")) return error("label name " + quoted(name) + " is reserved");
    skip_blanks(rest);
    if (!skip(rest, '=')) return error("no equals sign after label name " + quoted(name));
    skip_blanks(rest);
    auto& label = labels.emplace_back(name, std::string());
    if (auto ok = parse_label_value(rest, label.second); !ok) return ok;
    skip_blanks(rest);
    if (skip(rest, '}')) break;
    if (!skip(rest, ',')) return error("unexpected end of a label value");
  }
  std::sort(labels.begin(), labels.end());
  const auto repeated =
      std::adjacent_find(labels.begin(), labels.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  if (repeated != labels.end()) return error("label name " + quoted(repeated->first) + " twice");
  return {};
}

Status Parser::parse_label_value(std::string_view& rest, std::string& value) const {
  if (!skip(rest, '"')) return error("a label value does not begin with a quote");
  while (!rest.empty() && rest.front() != '"') {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\') {
      if (rest.empty()) break;
      c = rest.front();
      rest.remove_prefix(1);
      if (c != '"' && c != '\\' && c != 'n') return error("invalid escape sequence");
      if (c == 'n') c = '\n';
    }
    value += c;
  }
  if (!skip(rest, '"')) return error("a label value does not end in its line");
  if (!is_utf8(value)) return error("a label value is not UTF-8");
  return {};
}

// The value, and nothing behind it.
Result<double> Parser::parse_numbers(std::string_view rest) const {
  const auto text = next_field(rest);
  const auto value = parse_value(text);
  if (!value) return error("expected a number as value, got " + quoted(text));
  if (rest.empty()) return *value;
  if (!to_i64(next_field(rest))) return error("unexpected text behind the value");
  return error("time stamps are not supported");
}

// A line of a histogram or summary: its series is made of several.
Status Parser::add_part(const Target& target, OwnedLabels labels, double value) {
  auto& family = target.entry->family;
  const std::string_view point = family.type == FamilyType::kHistogram ? "le" : "quantile";
  std::optional<double> at;
  const auto label =
      std::find_if(labels.begin(), labels.end(), [&](const auto& l) { return l.first == point; });
  if (label != labels.end()) {
    at = parse_value(label->second);
    if (!at) return error("label " + quoted(point) + " is no number: " + quoted(label->second));
    labels.erase(label);
  }
  const auto [found, is_new] =
      parts_.try_emplace(family.name + '\xff' + label_signature(labels), family.series.size());
  if (is_new) family.series.emplace_back().labels = std::move(labels);
  auto& series = family.series[found->second];

  const bool is_counted = family.type == FamilyType::kHistogram;
  if (target.role == Role::kSum) {
    series.sum = value;
  } else if (target.role == Role::kCount) {
    series.count = std::trunc(value);
  } else if (at && !std::isnan(*at)) {
    series.points.emplace_back(*at, is_counted ? std::trunc(value) : value);
  }
  return {};
}

// Of several points at one place the last stands.
void sort_points(ParsedSeries& series) {
  auto& points = series.points;
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto begin = std::unique(points.rbegin(), points.rend(), [](const auto& a, const auto& b) {
                       return a.first == b.first;
                     }).base();
  points.erase(points.begin(), begin);
}

std::vector<ParsedFamily> Parser::take() {
  std::vector<ParsedFamily> families;
  for (auto& [name, entry] : families_) {
    if (entry.family.series.empty()) continue;
    for (auto& series : entry.family.series) sort_points(series);
    families.push_back(std::move(entry.family));
  }
  return families;
}

}  // namespace

std::string_view to_text(FamilyType type) noexcept {
  return std::find_if(kTypes.begin(), kTypes.end(),
                      [&](const auto& row) { return row.second == type; })
      ->first;
}

std::string label_signature(const OwnedLabels& labels) {
  std::string signature;
  for (const auto& [name, value] : labels) {
    if (!value.empty()) signature.append(name).append("\xff").append(value).append("\xff");
  }
  return signature;
}

Result<std::vector<ParsedFamily>> parse_families(std::string_view text) {
  Parser parser;
  if (auto ok = parser.parse(text); !ok) return ok.error();
  return parser.take();
}

}  // namespace hx
