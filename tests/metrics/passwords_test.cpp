// SPDX-License-Identifier: Apache-2.0
#include "metrics/passwords.h"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <memory>

#include "metrics/bcrypt.h"

namespace hx::test {
namespace {

using namespace std::chrono_literals;
using Verdict = PasswordJob::Verdict;

// Of "secret", at the least cost.
constexpr const char* kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const Passwords::Users kUsers{{"alice", kHash}};

struct Asked {
  PasswordJob job;
  Verdict first;  // the answer to the question
  // The worker may look at it after this object has gone.
  std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);

  Asked(Passwords& passwords, std::string user, std::string password, std::string client = "a",
        Passwords::Time now = std::chrono::steady_clock::now(),
        const Passwords::Users& users = kUsers) {
    job.credentials = {std::move(user), std::move(password)};
    job.client = std::move(client);
    job.done = [done = done] {
      *done = true;
      done->notify_all();
    };
    first = passwords.check(job, users, now);
  }
  bool was_checked() const { return first == Verdict::kPending; }
  Verdict verdict() {
    if (first != Verdict::kPending) return first;
    done->wait(false);
    return job.verdict;
  }
};

}  // namespace

TEST_CASE("bcrypt: the forms of htpasswd and others, and no other hash") {
  for (const char* hash : {kHash, "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
                           "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"}) {
    CAPTURE(std::string(hash));
    REQUIRE(is_bcrypt(hash));
    CHECK(matches_bcrypt("secret", hash));
    for (const char* wrong : {"", "secre", "secret ", "Secret"}) {
      CHECK_FALSE(matches_bcrypt(wrong, hash));
    }
    CHECK_FALSE(matches_bcrypt(std::string_view("secret\0x", 8), hash));
  }
  const std::string good = kHash;
  for (const auto& bad :
       {std::string(), good.substr(1), good + "x", "$1" + good.substr(2), "$2x" + good.substr(3),
        "$2b$03" + good.substr(6), "$2b$32" + good.substr(6), "$2b$4$" + good.substr(6),
        good.substr(0, 59) + ":", "secret" + good.substr(6)}) {
    CAPTURE(bad);
    CHECK_FALSE(is_bcrypt(bad));
  }
}

TEST_CASE("bcrypt: what is past 72 bytes does not count, however long") {
  const std::string hash = "$2b$04$abcdefghijklmnopqrstuuM2cPTqTIrqk6cvEjFI8ltz0jiXV9mIu";
  REQUIRE(is_bcrypt(hash));
  CHECK_FALSE(matches_bcrypt(std::string(100'000, 'x'), hash));
}

TEST_CASE("passwords: credentials of a header") {
  const auto credentials = parse_basic_auth("Basic YWxpY2U6c2U6Y3JldA==");
  REQUIRE(credentials);
  CHECK(credentials->user == "alice");
  CHECK(credentials->password == "se:cret");
  CHECK(parse_basic_auth("bAsIc  Og==")->user.empty());
  for (const char* bad : {"", "Basic", "Basic ", "Bearer YWxpY2U6YQ==", "Basic !!!", "Basic YWxp",
                          "Digest username=\"alice\""}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(parse_basic_auth(bad));
  }
}

TEST_CASE("passwords: the right one is admitted, and at once from then on") {
  Passwords passwords;
  Asked first(passwords, "alice", "secret");
  CHECK(first.was_checked());
  CHECK(first.verdict() == Verdict::kAdmitted);
  Asked second(passwords, "alice", "secret");
  CHECK_FALSE(second.was_checked());
  CHECK(second.verdict() == Verdict::kAdmitted);
}

TEST_CASE("passwords: a wrong one, or a name that nobody has, is checked each time") {
  Passwords passwords;
  CHECK(Asked(passwords, "alice", "secret").verdict() == Verdict::kAdmitted);
  for (int i = 0; i < 2; ++i) {
    for (const char* user : {"alice", "bob", ""}) {
      const auto* const password = std::string_view(user) == "alice" ? "wrong" : "secret";
      Asked asked(passwords, user, password);
      CHECK(asked.was_checked());
      CHECK(asked.verdict() == Verdict::kRefused);
    }
  }
}

TEST_CASE("passwords: a new hash makes the old password unknown") {
  Passwords passwords;
  CHECK(Asked(passwords, "alice", "secret").verdict() == Verdict::kAdmitted);
  const Passwords::Users changed{
      {"alice", "$2a$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ."}};
  Asked after(passwords, "alice", "secret", "a", std::chrono::steady_clock::now(), changed);
  CHECK(after.verdict() == Verdict::kRefused);
}

TEST_CASE("passwords: who guesses is stopped, who knows is not") {
  Passwords passwords({.client_burst = 3, .client_per_second = 1});
  const auto now = std::chrono::steady_clock::now();
  CHECK(Asked(passwords, "alice", "secret", "a", now).verdict() == Verdict::kAdmitted);
  for (int i = 0; i < 3; ++i) {
    CHECK(Asked(passwords, "alice", "guess", "a", now).verdict() == Verdict::kRefused);
  }
  CHECK(Asked(passwords, "alice", "guess", "a", now).verdict() == Verdict::kTooMany);
  CHECK(Asked(passwords, "alice", "secret", "a", now).verdict() == Verdict::kAdmitted);
  CHECK(Asked(passwords, "alice", "guess", "b", now).verdict() == Verdict::kRefused);
  CHECK(Asked(passwords, "alice", "guess", "a", now + 5s).verdict() == Verdict::kRefused);
}

TEST_CASE("passwords: all guessers together have a share of a CPU") {
  Passwords passwords({.cpu_burst = 1e-9, .cpu_per_second = 1e-9});
  CHECK(Asked(passwords, "alice", "guess", "a").verdict() == Verdict::kRefused);
  CHECK(Asked(passwords, "alice", "guess", "b").verdict() == Verdict::kTooMany);
}

TEST_CASE("passwords: clients past the size of the table share one limit") {
  Passwords passwords({.client_burst = 1, .client_per_second = 0.01, .clients = 4});
  const auto now = std::chrono::steady_clock::now();
  std::deque<Asked> asked;
  for (int i = 0; i < 4; ++i) asked.emplace_back(passwords, "x", "x", std::to_string(i), now);
  CHECK(asked.back().verdict() == Verdict::kRefused);
  CHECK(Asked(passwords, "x", "x", "new", now).verdict() == Verdict::kRefused);
  CHECK(Asked(passwords, "x", "x", "newer", now).verdict() == Verdict::kTooMany);
  CHECK(Asked(passwords, "x", "x", "newer", now + 1h).verdict() == Verdict::kRefused);
}

TEST_CASE("passwords: what waits at the end is answered") {
  std::deque<Asked> asked;
  {
    Passwords passwords({.client_burst = 100});
    for (int i = 0; i < 10; ++i) asked.emplace_back(passwords, "alice", std::to_string(i));
  }
  for (auto& one : asked) CHECK(*one.done);
}

}  // namespace hx::test
