// SPDX-License-Identifier: Apache-2.0
#include "process/config.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/host_fs.h"
#include "base/text.h"
#include "process/quote.h"

namespace hx {
namespace {

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  for (;;) {
    const auto comma = list.find(',');
    out.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return out;
    list.remove_prefix(comma + 1);
  }
}

Result<Config::Mapping> parse_mapping(std::string_view text) {
  Config::Mapping out;
  if (text.empty()) return out;
  const auto items = split(text);
  if (items.size() % 2 != 0) {
    return Error{0, "-namemapping: odd number of items, expected name,regex pairs"};
  }
  for (std::size_t i = 0; i < items.size(); i += 2) {
    if (items[i].empty() || items[i + 1].empty()) return Error{0, "-namemapping: empty item"};
    auto pattern = Pattern::compile(items[i + 1]);
    if (!pattern) return Error{0, "-namemapping: " + pattern.error().what};
    out.insert_or_assign(items[i], std::move(*pattern));
  }
  return out;
}

// For the templates and patterns of this file, which compile.
template <class T>
T value_of(Result<T> result) {
  return std::move(*result);
}

}  // namespace

Config::Config(std::vector<Entry> entries, Mapping mapping)
    : entries_(std::move(entries)), mapping_(std::move(mapping)) {
  for (const Entry& entry : entries_) needs_ |= entry.name.needs();
}

std::optional<std::string> Config::name_of(const Identity& identity) const {
  Subject subject(identity);
  if (const auto mapped = mapping_.find(subject.comm()); mapped != mapping_.end()) {
    const auto capture = mapped->second.first_capture(subject.command_line());
    if (!capture) return std::nullopt;
    return shorten_name(subject.comm() + ":" + *capture);
  }
  Matches matches;
  for (const Entry& entry : entries_) {
    if (entry.matcher.match(subject, matches)) return entry.name.render(subject, matches);
  }
  return std::nullopt;
}

std::vector<std::string> Config::literal_names() const {
  std::set<std::string> names;
  for (const Entry& entry : entries_) {
    if (auto name = entry.name.literal()) names.insert(std::move(*name));
  }
  return {names.begin(), names.end()};
}

Result<Config> read_config(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  return parse_config(*text, path);
}

Result<Config> config_of_flags(std::string_view procnames, std::string_view namemapping) {
  auto mapping = parse_mapping(namemapping);
  if (!mapping) return mapping.error();
  std::vector<std::string> names = split(procnames);
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  std::vector<Config::Entry> entries;
  if (!names.empty()) {
    Matcher matcher;
    matcher.require_comm(names);
    entries.push_back({std::move(matcher), value_of(NameTemplate::parse("{{.Comm}}"))});
  }
  return Config(std::move(entries), std::move(*mapping));
}

Config default_config() {
  std::vector<Pattern> any_argument;
  any_argument.push_back(value_of(Pattern::compile(".+")));
  Matcher matcher;
  matcher.require_cmdline(std::move(any_argument));
  std::vector<Config::Entry> entries;
  entries.push_back({std::move(matcher), value_of(NameTemplate::parse("{{.Comm}}"))});
  return Config(std::move(entries));
}

}  // namespace hx
