// SPDX-License-Identifier: Apache-2.0
#include "metrics/listen.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/text.h"

namespace hx {
namespace {

constexpr int kBacklog = 128;

struct HostPort {
  std::string host;  // empty: every address
  std::uint16_t port = 0;
};

std::optional<HostPort> split(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = address.substr(0, colon);
  const auto port = to_number<std::uint16_t>(address.substr(colon + 1));
  if (!port) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return std::nullopt;
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  return HostPort{std::string(host), *port};
}

Error failure(std::string_view address, int code) {
  std::string what = "cannot listen on " + std::string(address) + ": " + std::strerror(code);
  if (code == EADDRINUSE) {
    what += " (is node_exporter, process-exporter or another host_exporter running?)";
  } else if (code == EACCES) {
    what += " (ports below 1024 need CAP_NET_BIND_SERVICE)";
  }
  return {0, std::move(what)};
}

// 0 or an errno.
int bind_and_listen(const sockaddr* where, socklen_t size, bool both_families, Fd& out) {
  Fd fd(::socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  const int on = 1;
  const int only_v6 = both_families ? 0 : 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where->sa_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  }
  if (::bind(fd.get(), where, size) != 0) return errno;
  if (::listen(fd.get(), kBacklog) != 0) return errno;
  out = std::move(fd);
  return 0;
}

// Every address through one IPv6 socket, or IPv4 alone where the kernel has no IPv6.
int listen_everywhere(std::uint16_t port, Fd& out) {
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(port);
  const int code = bind_and_listen(reinterpret_cast<sockaddr*>(&any6), sizeof any6, true, out);
  if (code != EAFNOSUPPORT && code != EADDRNOTAVAIL) return code;
  sockaddr_in any4{};
  any4.sin_family = AF_INET;
  any4.sin_port = any6.sin6_port;
  return bind_and_listen(reinterpret_cast<sockaddr*>(&any4), sizeof any4, false, out);
}

// Of a name with several addresses Go takes the first IPv4 one.
Status listen_at(const HostPort& wanted, std::string_view address, Fd& out) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(wanted.host.c_str(), std::to_string(wanted.port).c_str(), &hints, &found);
  if (error != 0) {
    return Error{0, "cannot listen on " + std::string(address) + ": " + ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  const addrinfo* chosen = found;
  while (chosen != nullptr && chosen->ai_family != AF_INET) chosen = chosen->ai_next;
  if (chosen == nullptr) chosen = found;
  const int code = bind_and_listen(chosen->ai_addr, chosen->ai_addrlen, false, out);
  if (code != 0) return failure(address, code);
  return {};
}

Result<ListenSocket> describe(Fd fd, std::string_view address) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return failure(address, errno);
  }
  if (bound.ss_family == AF_UNIX) {
    const std::string path = reinterpret_cast<const sockaddr_un*>(&bound)->sun_path;
    return ListenSocket{.fd = std::move(fd), .address = "unix:" + path, .port = 0};
  }
  ::getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host.data(), host.size(), port.data(),
                port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  std::string name = host.data();
  if (bound.ss_family == AF_INET6) name = "[" + name + "]";
  return ListenSocket{.fd = std::move(fd),
                      .address = name + ":" + port.data(),
                      .port = to_number<std::uint16_t>(port.data()).value_or(0)};
}

}  // namespace

Result<ListenSocket> listen_on(std::string_view address) {
  const auto wanted = split(address);
  if (!wanted) {
    return Error{0, "cannot listen on \"" + std::string(address) +
                        "\": not an address like :9100, 127.0.0.1:9100 or [::1]:9100"};
  }
  Fd fd;
  // As in Go the unspecified address of either family means every address of the host.
  if (wanted->host.empty() || wanted->host == "0.0.0.0" || wanted->host == "::") {
    if (const int code = listen_everywhere(wanted->port, fd); code != 0) {
      return failure(address, code);
    }
  } else if (auto ok = listen_at(*wanted, address, fd); !ok) {
    return ok.error();
  }
  return describe(std::move(fd), address);
}

Result<ListenSocket> adopt_socket(Fd fd, const std::string& name) {
  int listens = 0, type = 0;
  socklen_t size = sizeof listens;
  const bool is_socket = ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
                         ::getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  if (!is_socket || listens == 0 || type != SOCK_STREAM) {
    return Error{0, name + " is no stream socket that listens"};
  }
  // Who waits for more than one event must not be held up by a client that has gone meanwhile.
  const int flags = ::fcntl(fd.get(), F_GETFL);
  ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
  return describe(std::move(fd), name);
}

}  // namespace hx
