// SPDX-License-Identifier: Apache-2.0
#include "metrics/sink.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace hx {
namespace {

void append_help(std::string& out, std::string_view help) {
  if (help.find('\\') == std::string_view::npos && help.find('\n') == std::string_view::npos) {
    out += help;
    return;
  }
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
}

bool is_plain(std::string_view value) noexcept {
  for (const char c : value) {
    if (c < ' ' || c == '\\' || c == '"' || c == '\x7f') return false;  // bytes over 0x7f are < 0
  }
  return true;
}

void append_label_value(std::string& out, std::string_view value) {
  if (is_plain(value)) {
    out += value;
  } else if (is_utf8(value)) {
    append_escaped(out, value);
  } else {
    append_escaped(out, to_utf8(value));
  }
}

bool is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

}  // namespace

bool is_metric_name(std::string_view text) noexcept {
  if (text.empty() || !is_name_start(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_name_start(c) || (c >= '0' && c <= '9'); });
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void MetricSink::header(std::string_view name, std::string_view help, std::string_view type) {
  text_ += "# HELP ";
  text_ += name;
  text_ += ' ';
  append_help(text_, help);
  text_ += "\n# TYPE ";
  text_ += name;
  text_ += ' ';
  text_ += type;
  text_ += '\n';
}

void MetricSink::sample(std::string_view name, std::string_view suffix, Labels labels,
                        std::string_view le, double value) {
  text_ += name;
  text_ += suffix;
  char separator = '{';
  const auto append_label = [&](std::string_view key, std::string_view text) {
    text_ += separator;
    text_ += key;
    text_ += "=\"";
    append_label_value(text_, text);
    text_ += '"';
    separator = ',';
  };
  for (const auto& [key, text] : labels) append_label(key, text);
  if (!le.empty()) append_label("le", le);
  if (separator == ',') text_ += '}';
  text_ += ' ';
  append_value(text_, value);
  text_ += '\n';
}

void Family::append(Labels labels, double value) {
  if (!started_) sink_.header(name_, help_, type_);
  started_ = true;
  sink_.sample(name_, {}, labels, {}, value);
}

void HistogramFamily::add(Labels labels, const HistogramData& data) {
  if (!started_) sink_.header(name_, help_, "histogram");
  started_ = true;
  std::uint64_t cumulative = 0;
  std::string bound;
  for (std::size_t i = 0; i < data.counts.size(); ++i) {
    cumulative += data.counts[i];
    bound.clear();
    if (i < data.upper_bounds.size()) {
      append_value(bound, data.upper_bounds[i]);
    } else {
      bound = "+Inf";
    }
    sink_.sample(name_, "_bucket", labels, bound, static_cast<double>(cumulative));
  }
  sink_.sample(name_, "_sum", labels, {}, data.sum);
  sink_.sample(name_, "_count", labels, {}, static_cast<double>(cumulative));
}

}  // namespace hx
