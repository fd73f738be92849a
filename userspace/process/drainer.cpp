// SPDX-License-Identifier: Apache-2.0
#include "process/drainer.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

namespace hx {

Drainer::Drainer(int fd, std::function<void()> on_signal)
    : on_signal_(std::move(on_signal)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event signalled{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &signalled);
  epoll_event stop{.events = EPOLLIN, .data = {.fd = stop_.get()}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &stop);
  thread_ = std::thread([this] { run(); });
}

Drainer::~Drainer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof(one));
  thread_.join();
}

void Drainer::run() {
  for (;;) {
    epoll_event event{};
    const int count = ::epoll_wait(epoll_.get(), &event, 1, -1);
    if (count < 0 && errno != EINTR) return;
    if (count != 1) continue;
    if (event.data.fd == stop_.get()) return;
    on_signal_();
  }
}

}  // namespace hx
