// SPDX-License-Identifier: Apache-2.0
// Dump requests over netlink(7), and views over the messages and attributes of the answers.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "base/syscalls.h"

namespace hx {

struct NetlinkAttribute {
  std::uint16_t type = 0;  // without its flags
  std::string_view value;

  // Of a string: without the zero byte at its end.
  std::string_view text() const noexcept { return value.substr(0, value.find('\0')); }
};

// Cuts the next attribute off the front; false when nothing is left, or nothing well-formed.
bool next_attribute(std::string_view& rest, NetlinkAttribute& attribute) noexcept;

// The structure at the front of `bytes`. Kernels append members: what this one does not have yet is
// zero, what it has beyond ours is left out.
template <class T>
T read_struct(std::string_view bytes) noexcept {
  T value{};
  std::memcpy(&value, bytes.data(), bytes.size() < sizeof value ? bytes.size() : sizeof value);
  return value;
}
// Behind a structure, where the attributes begin.
template <class T>
std::string_view after_struct(std::string_view bytes) noexcept {
  return bytes.substr(bytes.size() < NLMSG_ALIGN(sizeof(T)) ? bytes.size()
                                                            : NLMSG_ALIGN(sizeof(T)));
}

// One socket, kept for all that is asked until a dump fails. For one thread.
class Netlink {
 public:
  // Type and content of a message of the answer; the view is valid during the call.
  using Each = std::function<void(std::uint16_t type, std::string_view message)>;

  Netlink(int protocol, Syscalls sys) : protocol_(protocol), sys_(sys) {}

  // Asks for everything of a kind (RTM_GETLINK) with the body that the kind wants, and waits for
  // the whole answer. A table that changes meanwhile may give an entry twice or not at all.
  template <class Body>
  Status dump(std::uint16_t type, const Body& body, const Each& each) {
    const struct {
      nlmsghdr header;
      Body body;
    } request{{.nlmsg_len = sizeof request,
               .nlmsg_type = type,
               .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
               .nlmsg_seq = 1,
               .nlmsg_pid = 0},
              body};
    return dump({reinterpret_cast<const char*>(&request), sizeof request}, each);
  }

  // A request of netdevice(7), which any socket takes.
  Status control(unsigned long request, void* argument);

 private:
  Status dump(std::string_view request, const Each& each);
  Status exchange(std::string_view request, const Each& each);
  Status open();
  Result<std::string_view> receive();

  int protocol_;
  Syscalls sys_;
  Fd fd_;
  std::string buffer_;
};

}  // namespace hx
