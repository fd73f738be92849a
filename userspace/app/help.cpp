// SPDX-License-Identifier: Apache-2.0
#include "app/help.h"

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::size_t kHelpColumn = 40;
constexpr std::size_t kWidth = 100;

constexpr const char* kIntroduction =
    "usage: host_exporter [flags]\n"
    "       host_exporter doctor [flags]   what works on this host, what does not, and a remedy\n"
    "Serves what node_exporter and process-exporter serve, and what the kernel tells through BPF.\n"
    "Flags are given as --name=value or --name value; --no-name switches off what is on.\n";

bool is_toggle(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

std::string left_column(const CLI::Option& option) {
  std::string text = "  --";
  if (!option.get_fnames().empty()) text += "[no-]";
  text += option.get_lnames().front();
  if (!is_toggle(option)) text += "=" + option.get_option_text();
  return text;
}

// What holds when the flag is not given.
std::string by_default(const CLI::Option& option) {
  const auto& value = option.get_default_str();
  if (value.empty() || value == "[]") return {};
  return value.front() == '[' ? " " + value : " [" + value + "]";
}

void append_wrapped(std::string& out, std::string_view text) {
  std::size_t column = kHelpColumn;
  while (!text.empty()) {
    const auto word = cut(text, ' ');
    if (column + word.size() > kWidth && column > kHelpColumn) {
      out += "\n" + std::string(kHelpColumn, ' ');
      column = kHelpColumn;
    } else if (column > kHelpColumn) {
      out += ' ';
    }
    out += word;
    column += word.size() + 1;
  }
  out += '\n';
}

void append_option(std::string& out, const CLI::Option& option) {
  auto left = left_column(option);
  if (left.size() + 2 > kHelpColumn) {
    out += left + "\n";
    left.clear();
  }
  out += left + std::string(kHelpColumn - left.size(), ' ');
  append_wrapped(out, option.get_description() + by_default(option));
}

}  // namespace

std::string help_text(const CLI::App& app) {
  std::string out = kIntroduction;
  std::string group;
  for (const auto* option : app.get_options()) {
    if (option->get_group() != group) {
      group = option->get_group();
      out += "\n" + group + ":\n";
    }
    append_option(out, *option);
  }
  return out;
}

}  // namespace hx
