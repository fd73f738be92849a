// SPDX-License-Identifier: Apache-2.0
#include "process/matcher.h"

#include <algorithm>

namespace hx {

void Matcher::require_comm(const std::vector<std::string>& names) {
  comm_.emplace(names.begin(), names.end());
}

void Matcher::require_exe(const std::vector<std::string>& paths) {
  exe_.emplace();
  for (const std::string& path : paths) {
    if (path.find('/') == std::string::npos) {
      (*exe_)[path].any_directory = true;
    } else {
      (*exe_)[std::string(base_name(path))].exact.insert(path);
    }
  }
}

void Matcher::require_cmdline(std::vector<Pattern> patterns) { cmdline_ = std::move(patterns); }

bool Matcher::match(const Subject& subject, Matches& out) const {
  out.clear();
  if (comm_ && comm_->find(subject.comm()) == comm_->end()) return false;
  if (exe_ && !match_exe(subject)) return false;
  return !cmdline_ || std::all_of(cmdline_->begin(), cmdline_->end(), [&](const Pattern& pattern) {
    return pattern.search(subject.command_line(), out);
  });
}

bool Matcher::match_exe(const Subject& subject) const {
  if (!subject.has_arguments()) return false;
  const auto found = exe_->find(subject.exe_base());
  if (found == exe_->end()) return false;
  const Paths& paths = found->second;
  return paths.any_directory || paths.exact.find(subject.exe_full()) != paths.exact.end();
}

}  // namespace hx
