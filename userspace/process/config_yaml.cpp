// SPDX-License-Identifier: Apache-2.0
// The configuration file, read as the Go library behind process-exporter reads it (YAML 1.1, the
// last of duplicate keys, merges), and with its errors turned into one line each.
#include <yaml-cpp/yaml.h>

#include <exception>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/yaml.h"
#include "process/config.h"
#include "process/quote.h"

namespace hx {
namespace {

// Merges of merges; a mapping may even merge itself.
constexpr int kMaxMerges = 32;
// A few lines of merges may stand for billions of keys.
constexpr std::size_t kMaxKeys = 10'000;

using Pairs = std::vector<std::pair<YAML::Node, YAML::Node>>;

std::string_view line_of(std::string_view text, int index) {
  std::string_view line;
  for (int i = 0; i <= index; ++i) {
    if (!next_line(text, line)) return {};
  }
  return line;
}

bool has_tab_indent(std::string_view line) {
  const auto indentation = line.substr(0, line.find_first_not_of("- \t"));
  return indentation.find('\t') != std::string_view::npos;
}

class Reader {
 public:
  Reader(std::string_view file, std::string_view text) : file_(file), text_(text) {}

  Result<Config> read() const {
    if (const auto line = line_of_leftover(text_)) {
      return Error{
          0, file_ + ":" + std::to_string(*line + 1) + ": invalid YAML: not part of the mapping"};
    }
    const YAML::Node root = YAML::Load(text_);
    std::vector<Config::Entry> entries;
    if (!root.IsNull()) {
      if (!root.IsMap()) return error(root, "", "expected a mapping with process_names");
      auto found = value_of(root, "process_names", "");
      if (!found) return found.error();
      const YAML::Node& list = *found;
      if (list.IsDefined() && !list.IsNull()) {
        if (!list.IsSequence()) return error(list, "process_names", "expected a list of entries");
        for (std::size_t i = 0; i < list.size(); ++i) {
          auto entry = read_entry(list[i], "process_names[" + std::to_string(i) + "]");
          if (!entry) return entry.error();
          entries.push_back(std::move(*entry));
        }
      }
    }
    return Config(std::move(entries));
  }

 private:
  // "all.yaml:7: process_names[2].cmdline[0]: what"; `path` may be empty.
  Error error(const YAML::Node& node, const std::string& path, const std::string& what) const {
    return {0, file_ + ":" + std::to_string(node.Mark().line + 1) + ": " +
                   (path.empty() ? what : path + ": " + what)};
  }

  // The pairs of a mapping in the order in which they count: each overwrites those before it. As in
  // that Go library, a merge overwrites what stands before it too.
  Status flatten(const YAML::Node& map, const std::string& path, int depth, Pairs& out) const {
    if (depth > kMaxMerges) return error(map, path, "merges nested too deeply");
    for (const auto& pair : map) {
      if (out.size() > kMaxKeys) return error(map, path, "too many keys");
      if (!pair.first.IsScalar() && !pair.first.IsNull()) {
        return error(pair.first, path, "a key is not a string");
      }
      if (lacks_colon(map, pair.first, pair.second)) {
        return error(pair.first, path, "expected ':' after " + quote(pair.first.Scalar()));
      }
      const bool merges = pair.first.IsScalar() && pair.first.Scalar() == "<<" &&
                          (pair.first.Tag() == "?" || pair.first.Tag().empty());
      if (!merges) {
        out.emplace_back(pair.first, pair.second);
      } else if (auto done = merge(pair.second, path, depth, out); !done) {
        return done;
      }
    }
    return {};
  }

  // yaml-cpp takes a last line without a colon for a key without a value.
  bool lacks_colon(const YAML::Node& map, const YAML::Node& key, const YAML::Node& value) const {
    return value.IsNull() && key.IsScalar() && map.Style() == YAML::EmitterStyle::Block &&
           line_of(text_, key.Mark().line).find_first_of(":?") == std::string_view::npos;
  }

  Status merge(const YAML::Node& source, const std::string& path, int depth, Pairs& out) const {
    if (source.IsMap()) return flatten(source, path, depth + 1, out);
    // Of several, the first counts most.
    for (std::size_t i = source.IsSequence() ? source.size() : 0; i > 0; --i) {
      if (!source[i - 1].IsMap())
        return error(source[i - 1], path, "merge of something else than a mapping");
      if (auto done = flatten(source[i - 1], path, depth + 1, out); !done) return done;
    }
    if (!source.IsSequence()) return error(source, path, "merge of something else than a mapping");
    return {};
  }

  Result<YAML::Node> value_of(const YAML::Node& map, std::string_view key,
                              const std::string& path) const {
    Pairs pairs;
    if (auto done = flatten(map, path, 0, pairs); !done) return done.error();
    return last_of(pairs, key);
  }

  // An undefined node if there is none.
  static YAML::Node last_of(const Pairs& pairs, std::string_view key) {
    for (auto it = pairs.rbegin(); it != pairs.rend(); ++it) {
      if (it->first.IsScalar() && it->first.Scalar() == key) return it->second;
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }

  Result<Config::Entry> read_entry(const YAML::Node& node, const std::string& path) const {
    Pairs pairs;
    if (!node.IsNull()) {
      if (!node.IsMap()) return error(node, path, "expected a mapping");
      if (auto done = flatten(node, path, 0, pairs); !done) return done.error();
    }
    Matcher matcher;
    if (auto done = read_selectors(pairs, path, matcher); !done) return done.error();
    if (!matcher.has_selectors()) {
      return error(node, path, "no matchers: needs at least one of comm, exe, cmdline");
    }
    auto name = read_name(last_of(pairs, "name"), path + ".name");
    if (!name) return name.error();
    return Config::Entry{std::move(matcher), std::move(*name)};
  }

  Status read_selectors(const Pairs& pairs, const std::string& path, Matcher& out) const {
    auto comm = read_strings(last_of(pairs, "comm"), path + ".comm");
    if (!comm) return comm.error();
    if (*comm) out.require_comm(**comm);
    auto exe = read_strings(last_of(pairs, "exe"), path + ".exe");
    if (!exe) return exe.error();
    if (*exe) out.require_exe(**exe);

    const YAML::Node list = last_of(pairs, "cmdline");
    auto cmdline = read_strings(list, path + ".cmdline");
    if (!cmdline) return cmdline.error();
    if (!*cmdline) return {};
    std::vector<Pattern> patterns;
    for (std::size_t i = 0; i < (*cmdline)->size(); ++i) {
      auto pattern = Pattern::compile((**cmdline)[i]);
      if (!pattern) return error(list[i], item(path + ".cmdline", i), pattern.error().what);
      patterns.push_back(std::move(*pattern));
    }
    out.require_cmdline(std::move(patterns));
    return {};
  }

  Result<NameTemplate> read_name(const YAML::Node& node, const std::string& path) const {
    std::string text;
    if (node.IsDefined()) {
      auto scalar = read_string(node, path);
      if (!scalar) return scalar.error();
      text = std::move(*scalar);
    }
    auto name = NameTemplate::parse(text.empty() ? "{{.ExeBase}}" : text);
    if (!name) return error(node, path, name.error().what);
    return name;
  }

  // Nothing for a selector that is missing or null.
  Result<std::optional<std::vector<std::string>>> read_strings(const YAML::Node& node,
                                                               const std::string& path) const {
    std::optional<std::vector<std::string>> out;
    if (!node.IsDefined() || node.IsNull()) return out;
    if (!node.IsSequence()) return error(node, path, "expected a list of strings");
    out.emplace();
    for (std::size_t i = 0; i < node.size(); ++i) {
      auto text = read_string(node[i], item(path, i));
      if (!text) return text.error();
      out->push_back(std::move(*text));
    }
    return out;
  }

  // The source text of a scalar, whatever type it looks like; null is empty.
  Result<std::string> read_string(const YAML::Node& node, const std::string& path) const {
    if (node.IsNull()) return std::string();
    if (!node.IsScalar()) return error(node, path, "expected a string");
    constexpr std::string_view kStandard = "tag:yaml.org,2002:";
    const std::string& tag = node.Tag();
    if (tag.compare(0, kStandard.size(), kStandard) == 0 && tag.substr(kStandard.size()) != "str") {
      return error(node, path, "a tag other than !!str is not supported");
    }
    return node.Scalar();
  }

  static std::string item(const std::string& path, std::size_t i) {
    return path + "[" + std::to_string(i) + "]";
  }

  std::string file_;
  std::string text_;
};

// What yaml-cpp does not find or explain, with its line; "" if there is nothing.
std::string complaint(std::string_view text, std::string_view file) {
  int line = 1;
  const auto at_line = [&](std::string_view what) {
    return std::string(file) + ":" + std::to_string(line) + ": " + std::string(what);
  };
  while (!text.empty()) {
    const Rune rune = next_rune(text);
    if (rune.value == 0xFFFD && rune.length == 1) return at_line("invalid UTF-8");
    const bool blank = rune.value == '\t' || rune.value == '\n' || rune.value == '\r';
    if ((rune.value < ' ' && !blank) || rune.value == 0x7F) return at_line("control character");
    if (rune.value == '\n') ++line;
    text.remove_prefix(rune.length);
  }
  return {};
}

// The first document alone: what follows it is no part of the configuration, however broken.
std::string_view first_document(std::string_view text) {
  bool started = false;
  std::string_view rest = text;
  std::string_view line;
  for (;;) {
    const auto offset = text.size() - rest.size();
    if (!next_line(rest, line)) return text;
    const auto marker = line.substr(0, 3);
    const bool is_marker =
        (marker == "---" || marker == "...") &&
        (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
    if (is_marker && started) return text.substr(0, offset);
    const auto content = trim(line);
    if (is_marker || (!content.empty() && content[0] != '#' && line[0] != '%')) started = true;
  }
}

}  // namespace

Result<Config> parse_config(std::string_view yaml, std::string_view file_name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (yaml.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    yaml.remove_prefix(kByteOrderMark.size());
  if (auto what = complaint(yaml, file_name); !what.empty()) return Error{0, std::move(what)};
  const auto invalid = [&](int line, const std::string& what) {
    return Error{0, std::string(file_name) + ":" + std::to_string(line) +
                        ": invalid YAML: " + on_one_line(what)};
  };
  try {
    return Reader(file_name, first_document(yaml)).read();
  } catch (const YAML::Exception& failure) {
    const int line = failure.mark.line;
    const bool tab = has_tab_indent(line_of(yaml, line));
    return invalid(line + 1, tab ? "tab in the indentation" : failure.msg);
  } catch (const std::exception& failure) {
    return invalid(1, failure.what());
  }
}

}  // namespace hx
