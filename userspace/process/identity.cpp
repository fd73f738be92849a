// SPDX-License-Identifier: Apache-2.0
#include "process/identity.h"

#include "base/text.h"

namespace hx {

Subject::Subject(const Identity& identity)
    : identity_(identity),
      comm_(to_utf8(identity.comm)),
      has_arguments_(!identity.cmdline.empty()) {
  std::string_view raw = identity.cmdline;
  // setproctitle() pads its area with NULs; they are no empty arguments. A cmdline of nothing else
  // is one empty argument.
  const auto last = raw.find_last_not_of('\0');
  raw = raw.substr(0, last == std::string_view::npos ? 0 : last + 1);
  const auto end_of_first = raw.find('\0');

  append_utf8(command_line_, raw.substr(0, end_of_first));
  exe_length_ = command_line_.size();
  if (end_of_first == std::string_view::npos) return;
  append_utf8(command_line_, raw.substr(end_of_first));
  for (char& c : command_line_) {
    if (c == '\0') c = ' ';
  }
}

std::string_view Subject::exe_full() const noexcept {
  if (!has_arguments_) return comm_;
  return std::string_view(command_line_).substr(0, exe_length_);
}

std::string_view Subject::exe_base() const noexcept {
  return has_arguments_ ? base_name(exe_full()) : std::string_view(comm_);
}

const std::string& Subject::username() {
  if (!username_) {
    username_ = identity_.username ? to_utf8(identity_.username()) : std::to_string(identity_.uid);
  }
  return *username_;
}

const std::string& Subject::groupname() {
  if (!groupname_) groupname_ = identity_.groupname ? to_utf8(identity_.groupname()) : "";
  return *groupname_;
}

const std::vector<std::string>& Subject::cgroups() {
  if (!cgroups_) {
    cgroups_.emplace();
    if (identity_.cgroups) *cgroups_ = identity_.cgroups();
    for (std::string& path : *cgroups_) path = to_utf8(path);
  }
  return *cgroups_;
}

std::uint64_t Subject::cgroup_id() {
  if (!cgroup_id_) cgroup_id_ = identity_.cgroup_id ? identity_.cgroup_id() : 0;
  return *cgroup_id_;
}

std::string_view base_name(std::string_view path) noexcept {
  if (path.empty()) return ".";
  const auto last = path.find_last_not_of('/');
  if (last == std::string_view::npos) return "/";
  path = path.substr(0, last + 1);
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace hx
