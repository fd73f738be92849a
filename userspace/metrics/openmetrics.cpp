// SPDX-License-Identifier: Apache-2.0
#include "metrics/openmetrics.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "metrics/family_names.h"

namespace hx {
namespace {

constexpr std::string_view kTotal = "_total";

// Of plain text quotes are not escaped, the rest is.
void append_help(std::string& out, std::string_view help) {
  for (const char c : help) {
    if (c == '"') out += '\\';
    out += c;
  }
}

// The quality of a media range such as "text/plain;version=0.0.4;q=0.3"; 1 where none is given.
double quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    auto value = trim(cut(parameters, ';'));
    if (trim(cut(value, '=')) == "q") return to_double(trim(value)).value_or(0);
  }
  return 1;
}

}  // namespace

std::string to_openmetrics(std::string_view text) {
  std::unordered_set<std::string_view> names;
  each_family(text, [&](std::string_view name, std::string_view) { names.insert(name); });
  std::string out;
  out.reserve(text.size() + text.size() / 64);
  each_family(text, [&](std::string_view name, std::string_view family) {
    std::string_view help, type;
    next_line(family, help);
    next_line(family, type);
    help.remove_prefix(std::min(help.size(), std::string_view("# HELP  ").size() + name.size()));
    type.remove_prefix(std::min(type.size(), std::string_view("# TYPE  ").size() + name.size()));
    if (type == "untyped") type = "unknown";
    if (type == "counter") {
      // The family is named without the suffix, unless another one has that name.
      const auto stem = name.substr(0, name.size() - std::min(name.size(), kTotal.size()));
      if (name.ends_with(kTotal) && !stem.empty() && !names.contains(stem)) {
        name = stem;
      } else {
        type = "unknown";
      }
    }
    out.append("# HELP ").append(name).append(" ");
    append_help(out, help);
    out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n").append(family);
  });
  return out += "# EOF\n";
}

bool prefers_openmetrics(std::string_view accept) {
  double open = 0, plain = 0;
  while (!accept.empty()) {
    auto range = cut(accept, ',');
    const auto type = trim(cut(range, ';'));
    const auto quality = quality_of(range);
    if (type == "application/openmetrics-text") {
      // A version that is not asked for is any.
      const auto version = range.find("version=");
      if (version == std::string_view::npos || range.substr(version + 8).starts_with("1.0.0")) {
        open = std::max(open, quality);
      }
    } else if (type == "text/plain" || type == "text/*" || type == "*/*") {
      plain = std::max(plain, quality);
    }
  }
  return open > 0 && open >= plain;
}

}  // namespace hx
