// SPDX-License-Identifier: Apache-2.0
#include "metrics/scrape_queue.h"

#include <algorithm>
#include <exception>

#include "base/log.h"
#include "metrics/openmetrics.h"

namespace hx {

ScrapeQueue::ScrapeQueue(Registry& registry, HandlerInstruments& instruments, unsigned limit)
    : registry_(registry), instruments_(instruments), limit_(limit) {}

ScrapeQueue::~ScrapeQueue() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  idle_.wait(lock, [this] { return batch_.empty(); });
}

bool ScrapeQueue::submit(ScrapeJob& job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || (limit_ != 0 && in_flight_ >= limit_)) return false;
    waiting_.push_back(&job);
    instruments_.in_flight(static_cast<int>(++in_flight_));
    if (!batch_.empty()) return true;
    batch_ = take_batch();
  }
  begin();
  return true;
}

bool ScrapeQueue::runs_since_before(std::chrono::steady_clock::time_point then) {
  const std::lock_guard lock(mutex_);
  return !batch_.empty() && begun_ < then;
}

// The first that waits, and with it all that want the same: the text is younger than their
// requests. A choice of units is not compared; such a job is alone.
ScrapeQueue::Batch ScrapeQueue::take_batch() {
  Batch batch{waiting_.front()};
  waiting_.pop_front();
  begun_ = std::chrono::steady_clock::now();
  if (batch.front()->wanted) return batch;
  std::erase_if(waiting_, [&](ScrapeJob* job) {
    if (!job->wanted) batch.push_back(job);
    return !job->wanted;
  });
  return batch;
}

// Only the thread that has put jobs into an empty batch_, and end(), get here.
void ScrapeQueue::begin() {
  try {
    registry_.start(batch_.front()->wanted, [this] { end(); });
  } catch (const std::exception& e) {  // no threads to be had
    fail(e);
    answer();
  }
}

// What a unit throws is the registry's business; what is left (no memory) costs this scrape only.
void ScrapeQueue::end() {
  try {
    gather();
  } catch (const std::exception& e) {
    fail(e);
  }
  answer();
}

void ScrapeQueue::fail(const std::exception& e) {
  instruments_.failed_gathering();
  log_error(std::string("scrape: ") + e.what());
  for (auto* job : batch_) {
    job->gzip = false;
    job->http_status = 500;
    job->body.clear();
  }
}

void ScrapeQueue::gather() {
  std::string text = registry_.text();
  Batch plain, open;
  for (auto* job : batch_) (job->openmetrics ? open : plain).push_back(job);
  if (!open.empty()) hand_out(to_openmetrics(text), open);
  if (!plain.empty()) hand_out(std::move(text), plain);
}

void ScrapeQueue::hand_out(std::string text, const Batch& jobs) {
  std::string packed;
  if (std::any_of(jobs.begin(), jobs.end(), [](const auto* job) { return job->gzip; })) {
    if (const auto ok = gzip_.compress(text, packed); !ok) {
      instruments_.failed_encoding();
      log_warning(ok.error().message());
      for (auto* job : jobs) job->gzip = false;
    }
  }
  for (auto* job : jobs) {
    auto& body = job->gzip ? packed : text;
    if (jobs.size() == 1) {
      job->body = std::move(body);
    } else {
      job->body = body;
    }
  }
}

// Ends the batch and begins the next one. Without one, it is the last that this object does.
void ScrapeQueue::answer() {
  for (;;) {
    for (const auto* job : batch_) instruments_.answered(job->http_status);
    std::unique_lock lock(mutex_);
    in_flight_ -= static_cast<unsigned>(batch_.size());
    instruments_.in_flight(static_cast<int>(in_flight_));
    lock.unlock();
    for (auto* job : batch_) job->done();  // it may be gone after this
    lock.lock();
    batch_.clear();
    if (waiting_.empty()) {
      idle_.notify_all();
      return;
    }
    batch_ = take_batch();
    if (!stopping_) break;
    for (auto* job : batch_) job->http_status = 503;
  }
  begin();
}

}  // namespace hx
