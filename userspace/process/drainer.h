// SPDX-License-Identifier: Apache-2.0
// A thread that sleeps until the kernel signals a descriptor.
#pragma once

#include <functional>
#include <thread>

#include "base/fd.h"

namespace hx {

// Calls `on_signal` from its own thread each time `fd` is signalled, until destroyed. Edge
// triggered: data that the kernel adds without a signal waits for the next scrape.
class Drainer {
 public:
  Drainer(int fd, std::function<void()> on_signal);
  ~Drainer();
  Drainer(const Drainer&) = delete;
  Drainer& operator=(const Drainer&) = delete;

 private:
  void run();

  std::function<void()> on_signal_;
  Fd stop_;
  Fd epoll_;
  std::thread thread_;
};

}  // namespace hx
