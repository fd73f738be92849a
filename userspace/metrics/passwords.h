// SPDX-License-Identifier: Apache-2.0
// Checks passwords against bcrypt hashes, which take tens of milliseconds each on purpose: on a
// thread of its own, the right ones once, and wrong ones no more often than the limits let.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "metrics/token_bucket.h"

namespace hx {

struct Credentials {
  std::string user, password;
};
// Of a header "Authorization: Basic ..."; nothing of any other.
std::optional<Credentials> parse_basic_auth(std::string_view header);

// Owned by who asks; it must live until `done` has been called.
struct PasswordJob {
  Credentials credentials;
  std::string client;          // as limit_key() has it
  std::function<void()> done;  // called once, from another thread, after an answer of kPending

  enum class Verdict {
    kAdmitted,
    kRefused,
    kPending,
    kTooMany,  // not looked at: there were too many wrong ones
  };
  Verdict verdict = Verdict::kPending;  // when `done` is called

 private:
  friend class Passwords;
  using Digest = std::array<unsigned char, 32>;
  Digest digest{};
  std::string hash;  // the user's, or another's if there is no such user
  bool is_user = false;
};

// Thread-safe.
class Passwords {
 public:
  using Time = TokenBucket::Time;
  using Users = std::map<std::string, std::string>;  // names and hashes
  using Verdict = PasswordJob::Verdict;

  struct Limits {
    // Of wrong passwords of one client.
    double client_burst = 10, client_per_second = 0.2;
    // CPU time that goes into wrong passwords, of all clients, in seconds.
    double cpu_burst = 3, cpu_per_second = 0.1;
    std::size_t waiting = 16;
    std::size_t clients = 1024;  // with a limit of their own
  };

  Passwords() : Passwords(Limits{}) {}
  explicit Passwords(const Limits& limits);
  // Answers what waits with kTooMany; ends the running check first.
  ~Passwords();
  Passwords(const Passwords&) = delete;
  Passwords& operator=(const Passwords&) = delete;

  // Right ones of before are admitted at once; they are known by a keyed hash of name, password and
  // the user's bcrypt hash, so a change of the latter makes them unknown. After an answer of
  // kPending the job's verdict is there when `done` is called, which may be before the return.
  Verdict check(PasswordJob& job, const Users& users, Time now = std::chrono::steady_clock::now());

 private:
  using Digest = PasswordJob::Digest;

  Digest digest_of(const PasswordJob& job) const;
  bool is_known(const Digest& digest) const;
  TokenBucket& failures_of(const std::string& client, Time now);
  void work();
  void run(PasswordJob& job, std::unique_lock<std::mutex>& lock);
  void remember(const Digest& digest);

  const Limits limits_;
  std::array<unsigned char, 32> secret_{};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread worker_;  // made when there is something to check
  std::deque<PasswordJob*> waiting_;
  std::deque<Digest> known_;  // the youngest last
  std::unordered_map<std::string, TokenBucket> failures_;
  TokenBucket other_failures_;  // of clients that have no place in the table
  TokenBucket cpu_;
  bool stopping_ = false;
};

}  // namespace hx
