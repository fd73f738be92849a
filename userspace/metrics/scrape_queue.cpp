// SPDX-License-Identifier: Apache-2.0
#include "metrics/scrape_queue.h"

#include <exception>

#include "base/log.h"

namespace hx {

ScrapeQueue::ScrapeQueue(Registry& registry, HandlerInstruments& instruments, unsigned limit)
    : registry_(registry), instruments_(instruments), limit_(limit), thread_([this] { work(); }) {}

ScrapeQueue::~ScrapeQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool ScrapeQueue::submit(ScrapeJob& job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || (limit_ != 0 && in_flight_ >= limit_)) return false;
    waiting_.push_back(&job);
    instruments_.in_flight(static_cast<int>(++in_flight_));
  }
  wake_.notify_one();
  return true;
}

void ScrapeQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    ScrapeJob& job = *waiting_.front();
    waiting_.pop_front();
    const bool too_late = stopping_;
    lock.unlock();
    if (too_late) {
      job.http_status = 503;
    } else {
      run(job);
    }
    instruments_.answered(job.http_status);
    lock.lock();
    instruments_.in_flight(static_cast<int>(--in_flight_));
    lock.unlock();
    job.done();  // the job may be gone after this
    lock.lock();
  }
}

// What a unit throws is the registry's business; what is left (no memory) costs this scrape only.
void ScrapeQueue::run(ScrapeJob& job) {
  try {
    std::string text = registry_.scrape(job.wanted);
    if (job.gzip) {
      const auto ok = gzip_.compress(text, job.body);
      if (ok) return;
      instruments_.failed_encoding();
      log_warning(ok.error().message());
    }
    job.gzip = false;
    job.body = std::move(text);
  } catch (const std::exception& e) {
    instruments_.failed_gathering();
    log_error(std::string("scrape: ") + e.what());
    job.gzip = false;
    job.http_status = 500;
    job.body.clear();
  }
}

}  // namespace hx
