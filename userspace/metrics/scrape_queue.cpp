// SPDX-License-Identifier: Apache-2.0
#include "metrics/scrape_queue.h"

#include <algorithm>
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
    const Batch batch = take_batch();
    const bool too_late = stopping_;
    lock.unlock();
    if (too_late) {
      for (auto* job : batch) job->http_status = 503;
    } else {
      run(batch);
    }
    for (const auto* job : batch) instruments_.answered(job->http_status);
    lock.lock();
    in_flight_ -= static_cast<unsigned>(batch.size());
    instruments_.in_flight(static_cast<int>(in_flight_));
    lock.unlock();
    for (auto* job : batch) job->done();  // it may be gone after this
    lock.lock();
  }
}

// The first that waits, and with it all that want the same: the text is younger than their
// requests. A choice of units is not compared; such a job is alone.
ScrapeQueue::Batch ScrapeQueue::take_batch() {
  Batch batch{waiting_.front()};
  waiting_.pop_front();
  if (batch.front()->wanted) return batch;
  std::erase_if(waiting_, [&](ScrapeJob* job) {
    if (!job->wanted) batch.push_back(job);
    return !job->wanted;
  });
  return batch;
}

// What a unit throws is the registry's business; what is left (no memory) costs this scrape only.
void ScrapeQueue::run(const Batch& batch) {
  try {
    gather(batch);
  } catch (const std::exception& e) {
    instruments_.failed_gathering();
    log_error(std::string("scrape: ") + e.what());
    for (auto* job : batch) {
      job->gzip = false;
      job->http_status = 500;
      job->body.clear();
    }
  }
}

void ScrapeQueue::gather(const Batch& batch) {
  const std::string text = registry_.scrape(batch.front()->wanted);
  std::string packed;
  if (std::any_of(batch.begin(), batch.end(), [](const auto* job) { return job->gzip; })) {
    if (const auto ok = gzip_.compress(text, packed); !ok) {
      instruments_.failed_encoding();
      log_warning(ok.error().message());
      for (auto* job : batch) job->gzip = false;
    }
  }
  for (auto* job : batch) job->body = job->gzip ? packed : text;
}

}  // namespace hx
