// SPDX-License-Identifier: Apache-2.0
#include "support/scrape.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace hx::test {
namespace {

// name{b="2",a="1"} -> name{a="1",b="2"}; label values may hold any escaped character.
std::string sort_labels(std::string_view series) {
  const auto open = series.find('{');
  if (open == std::string_view::npos) return std::string(series);
  std::vector<std::string> labels;
  std::string label;
  bool quoted = false;
  for (std::size_t i = open + 1; i + 1 < series.size(); ++i) {
    const char c = series[i];
    if (quoted && c == '\\') {
      label += c;
      label += series[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      labels.push_back(std::move(label));
      label.clear();
    } else {
      label += c;
    }
  }
  labels.push_back(std::move(label));
  std::sort(labels.begin(), labels.end());
  std::string out(series.substr(0, open));
  char separator = '{';
  for (const auto& l : labels) {
    out += separator;
    out += l;
    separator = ',';
  }
  return out + '}';
}

const CollectorEntry& find_row(std::string_view name) {
  const auto table = collector_table();
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const CollectorEntry& entry) { return entry.name == name; });
  if (row == table.end()) throw std::invalid_argument("no collector " + std::string(name));
  return *row;
}

}  // namespace

std::map<std::string, std::string> parse_exposition(std::string_view text) {
  std::map<std::string, std::string> series;
  std::string_view line;
  while (next_line(text, line)) {
    if (line.empty() || line[0] == '#') continue;
    const auto space = line.rfind(' ');
    series[sort_labels(line.substr(0, space))] = line.substr(space + 1);
  }
  return series;
}

std::string Scrape::value(std::string_view series) const {
  const auto all = parse_exposition(text);
  const auto found = all.find(std::string(series));
  return found == all.end() ? std::string() : found->second;
}

LiveCollector::LiveCollector(std::string_view name, const HostFs& fs, CollectorOptions options,
                             Syscalls sys)
    : options_(std::move(options)),
      shared_(fs, sys),
      context_{.fs = fs, .options = options_, .sys = sys, .shared = shared_},
      collector_(find_row(name).make(context_)) {}

Scrape LiveCollector::scrape() {
  if (!collector_) return {collector_.error(), {}};
  shared_.begin_scrape();
  Scrape result;
  MetricSink out(result.text);
  result.status = (*collector_)->collect(out);
  return result;
}

Scrape scrape_collector(std::string_view name, const HostFs& fs, const CollectorOptions& options,
                        Syscalls sys, int times) {
  LiveCollector collector(name, fs, options, sys);
  for (int i = 1; i < times; ++i) collector.scrape();
  return collector.scrape();
}

}  // namespace hx::test
