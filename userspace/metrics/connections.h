// SPDX-License-Identifier: Apache-2.0
// The open connections of a server, each with the time by which its client must have done
// something as a whole: libmicrohttpd's own timeout begins anew with each byte that trickles in.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>

#include "metrics/tls.h"

namespace hx {

class Connections {
 public:
  using Time = std::chrono::steady_clock::time_point;

  class Connection {
   public:
    const std::shared_ptr<const TlsContext>& tls() const noexcept { return tls_; }

   private:
    friend class Connections;
    int fd_ = -1;
    std::shared_ptr<const TlsContext> tls_;  // of its session; null: plain HTTP
    Time due_ = Time::max();
    Time cut_ = Time::max();
    std::list<Connection>::iterator self_;
  };

  // Borrows the socket until end().
  Connection& begin(int fd, std::shared_ptr<const TlsContext> tls, Time due);
  void end(Connection& connection);
  // Time::max(): the client has nothing to do.
  void expect_by(Connection& connection, Time due);

  // Shuts down the sockets of those that are late; the server's thread then sees their end.
  void cut_late(Time now);
  // Whether one that was cut before then is still there: that thread does not run.
  bool has_cut_before(Time then) const;

 private:
  mutable std::mutex mutex_;
  std::list<Connection> open_;
};

}  // namespace hx
