// SPDX-License-Identifier: Apache-2.0
// A TCP socket of the loopback interface that waits for connections.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"

namespace hx::test {

class Listener {
 public:
  explicit Listener(int backlog) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    ::bind(fd_.get(), address(), size);
    ::listen(fd_.get(), backlog);
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address_), &size);
  }
  int fd() const noexcept { return fd_.get(); }
  Fd connect(int flags = 0) {
    Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    ::connect(client.get(), address(), sizeof(address_));
    return client;
  }

 private:
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

  Fd fd_;
  sockaddr_in address_{};
};

}  // namespace hx::test
