// SPDX-License-Identifier: Apache-2.0
// Runs the scrapes of one target on the thread that collects, so that neither a slow scrape nor a
// slow client can hold up the threads that talk HTTP. Scrapes of everything that wait for their
// turn together share one collection.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/gzip.h"
#include "metrics/instruments.h"
#include "metrics/registry.h"

namespace hx {

// Owned by who asks; it must live until `done` has been called.
struct ScrapeJob {
  Registry::Filter wanted;
  bool openmetrics = false;    // instead of the plain text form
  bool gzip = false;           // in: the client takes it; out: the body is compressed
  std::function<void()> done;  // called once, from another thread

  int http_status = 200;
  std::string body;
};

class ScrapeQueue {
 public:
  // Borrows both. At most `limit` jobs wait or run at any time; 0: any number.
  ScrapeQueue(Registry& registry, HandlerInstruments& instruments, unsigned limit);
  // Answers the jobs that wait with 503 and ends the running one first.
  ~ScrapeQueue();
  ScrapeQueue(const ScrapeQueue&) = delete;
  ScrapeQueue& operator=(const ScrapeQueue&) = delete;

  // False when the limit is reached: the job is not taken.
  bool submit(ScrapeJob& job);
  unsigned limit() const noexcept { return limit_; }
  const Registry& registry() const noexcept { return registry_; }
  HandlerInstruments& instruments() noexcept { return instruments_; }
  // Whether what runs now was begun before then.
  bool runs_since_before(std::chrono::steady_clock::time_point then);

 private:
  using Batch = std::vector<ScrapeJob*>;

  Batch take_batch();
  void begin();
  void end();
  void gather();
  void hand_out(std::string text, const Batch& jobs);
  void fail(const std::exception& e);
  void answer();

  Registry& registry_;
  HandlerInstruments& instruments_;
  const unsigned limit_;
  Gzip gzip_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<ScrapeJob*> waiting_;
  Batch batch_;                                  // what is collected for; empty: nothing is
  std::chrono::steady_clock::time_point begun_;  // when that began
  unsigned in_flight_ = 0;
  bool stopping_ = false;
};

}  // namespace hx
