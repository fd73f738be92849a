// SPDX-License-Identifier: Apache-2.0
#include "base/netlink.h"

#include <sys/socket.h>

#include <algorithm>

namespace hx {
namespace {

// The kernel fills at most this much of one datagram (netlink_dump() in net/netlink/af_netlink.c).
constexpr std::size_t kDatagram = 32768;

Error failure(const char* action, int code = errno) {
  return {code, std::string("netlink: ") + action};
}

// Cuts what a header of type Header with its length in front announces, padding included.
template <class Header, class Length>
bool cut_announced(std::string_view& rest, Header& header, Length Header::*length,
                   std::string_view& content) noexcept {
  if (rest.size() < sizeof header) return false;
  std::memcpy(&header, rest.data(), sizeof header);
  const std::size_t size = header.*length;
  if (size < sizeof header || size > rest.size()) return false;
  content = rest.substr(sizeof header, size - sizeof header);
  rest.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(size), rest.size()));
  return true;
}

// The end of an answer, with the error that the kernel ended it with.
Status end_of(std::string_view content) {
  const auto code = read_struct<std::int32_t>(content);
  if (code == 0) return {};
  return failure("dump", -code);
}

}  // namespace

bool next_attribute(std::string_view& rest, NetlinkAttribute& attribute) noexcept {
  nlattr header{};
  if (!cut_announced(rest, header, &nlattr::nla_len, attribute.value)) return false;
  attribute.type = header.nla_type & NLA_TYPE_MASK;
  return true;
}

Status Netlink::open() {
  if (fd_) return {};
  fd_ = Fd(sys_.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_));
  if (!fd_) return failure("open a socket");
  buffer_.resize(kDatagram);
  return {};
}

Result<std::string_view> Netlink::receive() {
  for (;;) {
    const auto got = sys_.recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("receive");
    if (got == 0) return failure("receive", ECONNRESET);
    const auto size = static_cast<std::size_t>(got);
    if (size > buffer_.size()) return failure("receive", EMSGSIZE);
    return std::string_view(buffer_).substr(0, size);
  }
}

Status Netlink::exchange(std::string_view request, const Each& each) {
  if (sys_.send(fd_.get(), request.data(), request.size(), 0) < 0) return failure("send");
  for (;;) {
    auto rest = receive();
    if (!rest) return rest.error();
    nlmsghdr header{};
    std::string_view content;
    while (!rest->empty()) {
      if (!cut_announced(*rest, header, &nlmsghdr::nlmsg_len, content)) {
        return failure("parse", EBADMSG);
      }
      if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
        return end_of(content);
      }
      each(header.nlmsg_type, content);
    }
  }
}

Status Netlink::dump(std::string_view request, const Each& each) {
  if (auto ok = open(); !ok) return ok;
  auto ok = exchange(request, each);
  if (!ok) fd_.reset();  // the rest of this answer must not become part of the next one
  return ok;
}

Status Netlink::control(unsigned long request, void* argument) {
  if (auto ok = open(); !ok) return ok;
  if (sys_.ioctl(fd_.get(), request, argument) != 0) return failure("control");
  return {};
}

}  // namespace hx
