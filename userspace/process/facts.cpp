// SPDX-License-Identifier: Apache-2.0
#include "process/facts.h"

#include <grp.h>
#include <pwd.h>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::size_t kMaxCmdline = std::size_t{1} << 20;

std::string file_of(std::uint32_t pid, const char* name) {
  return "proc/" + std::to_string(pid) + "/" + name;
}

std::string lookup_username(std::uint32_t uid) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  while (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  return found != nullptr ? found->pw_name : std::to_string(uid);
}

std::string lookup_groupname(std::uint32_t gid) {
  std::vector<char> buffer(16384);
  group entry{};
  group* found = nullptr;
  while (::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  return found != nullptr ? found->gr_name : std::to_string(gid);
}

}  // namespace

Result<std::string> ProcFacts::cmdline(std::uint32_t pid) const {
  auto text = fs_.read(file_of(pid, "cmdline"));
  if (text && text->size() > kMaxCmdline) text->resize(kMaxCmdline);
  return text;
}

Result<std::string> ProcFacts::comm(std::uint32_t pid) const {
  const auto text = fs_.read(file_of(pid, "stat"));
  if (!text) return text.error();
  const auto open = text->find('('), close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) {
    return Error{EBADMSG, "parse " + file_of(pid, "stat")};
  }
  return text->substr(open + 1, close - open - 1);
}

std::vector<std::string> ProcFacts::cgroups(std::uint32_t pid) const {
  std::vector<std::string> groups;
  const auto text = fs_.read(file_of(pid, "cgroup"));
  if (!text) return groups;
  std::string_view rest = *text, line;
  while (next_line(rest, line)) {
    cut(line, ':');
    cut(line, ':');
    groups.emplace_back(line);
  }
  return groups;
}

std::uint64_t ProcFacts::cgroup_id(std::uint32_t pid) const {
  const auto text = fs_.read(file_of(pid, "cgroup"));
  if (!text) return 0;
  std::string_view rest = *text, line;
  while (next_line(rest, line)) {
    if (cut(line, ':') != "0" || !cut(line, ':').empty()) continue;
    // Beside version 1 it is mounted one deeper.
    for (const char* root : {"sys/fs/cgroup", "sys/fs/cgroup/unified"}) {
      if (const auto stamp = fs_.stamp(std::string(root).append(line))) return stamp->inode;
    }
  }
  return 0;
}

Result<std::uint32_t> ProcFacts::gid(std::uint32_t pid) const {
  const auto text = fs_.read(file_of(pid, "status"));
  if (!text) return text.error();
  std::string_view rest = *text, line;
  while (next_line(rest, line)) {
    if (next_field(line) != "Gid:") continue;
    next_field(line);  // the real one
    if (const auto gid = to_number<std::uint32_t>(next_field(line))) return *gid;
  }
  return Error{EBADMSG, "parse " + file_of(pid, "status")};
}

Result<std::uint32_t> ProcFacts::open_fds(std::uint32_t pid) const {
  const auto directory = file_of(pid, "fd");
  Error refused{EACCES, "list " + directory};
  if (read_guarded_) {
    const auto names = fs_.list(directory);
    if (names) return static_cast<std::uint32_t>(names->size());
    refused = names.error();
  }
  const auto stamp = refused.code == EACCES ? fs_.stamp(directory) : refused;
  if (stamp && stamp->size > 0) return static_cast<std::uint32_t>(stamp->size);
  return refused;
}

const std::string& ProcFacts::username(std::uint32_t uid) {
  const auto known = usernames_.find(uid);
  if (known != usernames_.end()) return known->second;
  return usernames_.emplace(uid, lookup_username(uid)).first->second;
}

const std::string& ProcFacts::groupname(std::uint32_t gid) {
  const auto known = groupnames_.find(gid);
  if (known != groupnames_.end()) return known->second;
  return groupnames_.emplace(gid, lookup_groupname(gid)).first->second;
}

}  // namespace hx
