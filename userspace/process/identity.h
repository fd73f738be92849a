// SPDX-License-Identifier: Apache-2.0
// What selection and naming know of a process.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hx {

// As its source found it: any bytes are allowed in the strings.
struct Identity {
  std::int32_t pid = 0;
  std::uint32_t uid = 0;      // effective
  std::int64_t start_ns = 0;  // since the epoch
  std::string comm;           // of /proc/PID/stat, which for kernel workers is longer than 15 bytes
  std::string cmdline;        // of /proc/PID/cmdline as read: arguments, each ended by a NUL

  // Costly facts, asked for at most once and only when a template prints them; see Facts. Without a
  // function the name is the decimal uid, others empty. A cgroup is what follows the second colon
  // of a line of /proc/PID/cgroup, in file order; its id is that of version 2, 0 for none.
  std::function<std::string()> username;
  std::function<std::string()> groupname;  // of the effective group
  std::function<std::vector<std::string>()> cgroups;
  std::function<std::uint64_t()> cgroup_id;
};

// The costly facts that a template or a whole configuration may ask for.
struct Facts {
  bool username = false;
  bool groupname = false;
  bool cgroups = false;

  Facts& operator|=(const Facts& other) noexcept {
    username |= other.username;
    groupname |= other.groupname;
    cgroups |= other.cgroups;
    return *this;
  }
};

// Name of a capture to its text; unnamed captures and the whole match are under "".
using Matches = std::map<std::string, std::string, std::less<>>;

// An Identity as matchers and templates see it: split, and in valid UTF-8 (a bad byte becomes
// U+FFFD), because RE2 matches nothing against an invalid byte and a label must not hold one.
// The identity outlives it. One thread at a time.
class Subject {
 public:
  explicit Subject(const Identity& identity);

  std::int32_t pid() const noexcept { return identity_.pid; }
  std::int64_t start_ns() const noexcept { return identity_.start_ns; }
  const std::string& comm() const noexcept { return comm_; }
  // Kernel threads and zombies have none.
  bool has_arguments() const noexcept { return has_arguments_; }
  // The first argument, empty or not; comm without arguments.
  std::string_view exe_full() const noexcept;
  std::string_view exe_base() const noexcept;
  // The arguments joined by blanks.
  const std::string& command_line() const noexcept { return command_line_; }

  const std::string& username();
  const std::string& groupname();
  const std::vector<std::string>& cgroups();
  std::uint64_t cgroup_id();

 private:
  const Identity& identity_;
  std::string comm_;
  std::string command_line_;
  std::size_t exe_length_ = 0;
  bool has_arguments_ = false;
  std::optional<std::string> username_, groupname_;
  std::optional<std::vector<std::string>> cgroups_;
  std::optional<std::uint64_t> cgroup_id_;
};

// What follows the last slash once trailing slashes are gone: "." for "", "/" for slashes only.
std::string_view base_name(std::string_view path) noexcept;

}  // namespace hx
