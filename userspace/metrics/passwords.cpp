// SPDX-License-Identifier: Apache-2.0
#include "metrics/passwords.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <strings.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "metrics/bcrypt.h"

namespace hx {
namespace {

constexpr std::size_t kMaxKnown = 64;

double cpu_seconds_of_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Lengths keep ("ab", "c") and ("a", "bc") apart.
void append(std::string& out, const std::string& part) {
  out += std::to_string(part.size()) + ":" + part;
}

}  // namespace

std::optional<Credentials> parse_basic_auth(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() < kScheme.size() ||
      ::strncasecmp(header.data(), kScheme.data(), kScheme.size()) != 0) {
    return std::nullopt;
  }
  const std::string base64(trim(header.substr(kScheme.size())));
  const gnutls_datum_t in{
      .data = reinterpret_cast<unsigned char*>(const_cast<char*>(base64.data())),
      .size = static_cast<unsigned>(base64.size())};
  gnutls_datum_t out{};
  if (::gnutls_base64_decode2(&in, &out) != 0) return std::nullopt;
  const std::string text(reinterpret_cast<const char*>(out.data), out.size);
  ::gnutls_free(out.data);
  const auto colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text.substr(0, colon), text.substr(colon + 1)};
}

Passwords::Passwords(const Limits& limits)
    : limits_(limits),
      other_failures_(limits.client_burst, limits.client_per_second),
      cpu_(limits.cpu_burst, limits.cpu_per_second) {
  // Without a random key nobody could be told from anybody.
  if (::gnutls_rnd(GNUTLS_RND_KEY, secret_.data(), secret_.size()) != 0) {
    throw std::system_error(EIO, std::generic_category(), "make a random key");
  }
}

Passwords::~Passwords() {
  std::deque<PasswordJob*> unanswered;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    unanswered.swap(waiting_);
  }
  wake_.notify_all();
  if (worker_.joinable()) worker_.join();
  for (auto* job : unanswered) {
    job->verdict = Verdict::kTooMany;
    job->done();
  }
}

Passwords::Digest Passwords::digest_of(const PasswordJob& job) const {
  std::string text;
  for (const auto& part : {job.credentials.user, job.credentials.password, job.hash}) {
    append(text, part);
  }
  Digest digest{};
  ::gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret_.data(), secret_.size(), text.data(), text.size(),
                     digest.data());
  return digest;
}

bool Passwords::is_known(const Digest& digest) const {
  return std::find(known_.begin(), known_.end(), digest) != known_.end();
}

void Passwords::remember(const Digest& digest) {
  if (is_known(digest)) return;
  if (known_.size() >= kMaxKnown) known_.pop_front();
  known_.push_back(digest);
}

TokenBucket& Passwords::failures_of(const std::string& client, Time now) {
  if (const auto found = failures_.find(client); found != failures_.end()) return found->second;
  if (failures_.size() >= limits_.clients) {
    std::erase_if(failures_, [&](const auto& row) { return row.second.is_full(now); });
  }
  if (failures_.size() >= limits_.clients) return other_failures_;
  return failures_.emplace(client, TokenBucket(limits_.client_burst, limits_.client_per_second))
      .first->second;
}

Passwords::Verdict Passwords::check(PasswordJob& job, const Users& users, Time now) {
  const auto user = users.find(job.credentials.user);
  job.is_user = user != users.end();
  if (job.is_user) {
    job.hash = user->second;
  } else {
    // A hash of somebody, always the same one for the same name: it costs what a user's would.
    const auto digest = digest_of(job);
    job.hash = std::next(users.begin(), digest[0] % static_cast<long>(users.size()))->second;
  }
  job.digest = digest_of(job);
  const std::lock_guard lock(mutex_);
  if (is_known(job.digest)) return Verdict::kAdmitted;
  if (stopping_ || waiting_.size() >= limits_.waiting || cpu_.level(now) <= 0) {
    return Verdict::kTooMany;
  }
  // Given back if it is right.
  if (!failures_of(job.client, now).take(now)) return Verdict::kTooMany;
  if (!worker_.joinable()) {
    worker_ = std::thread([this] { work(); });
    ::pthread_setname_np(worker_.native_handle(), "passwords");
  }
  waiting_.push_back(&job);
  wake_.notify_one();
  return Verdict::kPending;
}

void Passwords::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto& job = *waiting_.front();
    waiting_.pop_front();
    run(job, lock);
  }
}

void Passwords::run(PasswordJob& job, std::unique_lock<std::mutex>& lock) {
  // The same client's other connection may have been faster.
  bool is_right = is_known(job.digest);
  double cost = 0;
  if (!is_right) {
    lock.unlock();
    const double begin = cpu_seconds_of_thread();
    is_right = matches_bcrypt(job.credentials.password, job.hash) && job.is_user;
    cost = cpu_seconds_of_thread() - begin;
    lock.lock();
  }
  const auto now = std::chrono::steady_clock::now();
  if (is_right) {
    remember(job.digest);
    failures_of(job.client, now).give_back(now);
  } else {
    cpu_.charge(cost, now);
  }
  job.verdict = is_right ? Verdict::kAdmitted : Verdict::kRefused;
  lock.unlock();
  std::exchange(job.done, nullptr)();  // the job may be gone before it returns
  lock.lock();
}

}  // namespace hx
