// SPDX-License-Identifier: Apache-2.0
#include "process/facts.h"

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

Result<std::uint32_t> ProcFacts::open_fds(std::uint32_t pid) const {
  const auto names = fs_.list(file_of(pid, "fd"));
  if (!names) return names.error();
  return static_cast<std::uint32_t>(names->size());
}

const std::string& ProcFacts::username(std::uint32_t uid) {
  const auto known = usernames_.find(uid);
  if (known != usernames_.end()) return known->second;
  return usernames_.emplace(uid, lookup_username(uid)).first->second;
}

}  // namespace hx
