// SPDX-License-Identifier: Apache-2.0
#include "metrics/connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace hx {

Connections::Connection& Connections::begin(int fd, std::shared_ptr<const TlsContext> tls,
                                            Time due) {
  const std::lock_guard lock(mutex_);
  auto& connection = open_.emplace_front();
  connection.fd_ = fd;
  connection.tls_ = std::move(tls);
  connection.due_ = due;
  connection.self_ = open_.begin();
  return connection;
}

void Connections::end(Connection& connection) {
  const std::lock_guard lock(mutex_);
  open_.erase(connection.self_);
}

void Connections::expect_by(Connection& connection, Time due) {
  const std::lock_guard lock(mutex_);
  connection.due_ = due;
}

void Connections::cut_late(Time now) {
  const std::lock_guard lock(mutex_);
  for (auto& connection : open_) {
    if (connection.due_ > now || connection.cut_ != Time::max()) continue;
    ::shutdown(connection.fd_, SHUT_RDWR);
    connection.cut_ = now;
  }
}

bool Connections::has_cut_before(Time then) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(open_.begin(), open_.end(),
                     [&](const Connection& connection) { return connection.cut_ < then; });
}

}  // namespace hx
