// SPDX-License-Identifier: Apache-2.0
// Mutates good input in every way that has ever broken a parser, the same way each time.
// HX_FUZZ_ROUNDS=1000 goes on for longer; scripts/fuzz lets libFuzzer do it, guided by coverage.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "fuzz/corpus.h"
#include "process/quote.h"

namespace hx::test {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

class Mutator {
 public:
  explicit Mutator(const FuzzTarget& target) : seeds_(target.seeds), words_(target.words) {}

  std::string next() {
    std::string text = pick(seeds_);
    for (auto changes = below(6); changes > 0; --changes) change(text);
    if (text.size() > kMaxSize) text.resize(kMaxSize);
    return text;
  }

 private:
  static constexpr std::size_t kMaxSize = 4096;

  // Not std::uniform_int_distribution, which each library implements in its own way.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& pick(const Words& from) { return from[below(from.size())]; }
  char any_byte() {
    static const std::string hard = "\0\n\t \"'\\{}[]():,#&*!|>%-./~\x7f\x80\xc3\xed\xf4\xff"s;
    return below(2) == 0 ? hard[below(hard.size())] : static_cast<char>(below(256));
  }

  void change(std::string& text) {
    const auto at = below(text.size() + 1);
    const auto size = below(std::min<std::size_t>(text.size() - at, 32) + 1);
    switch (below(8)) {
      case 0: text.insert(at, 1, any_byte()); break;
      case 1: text.replace(at, size, 1, any_byte()); break;
      case 2: text.erase(at, size); break;
      case 3: text.resize(at); break;
      case 4: text.insert(at, pick(words_)); break;
      case 5: text.replace(at, size, pick(words_)); break;
      case 6: repeat(text, at, size); break;
      default: splice(text, at);
    }
  }

  void repeat(std::string& text, std::size_t at, std::size_t size) {
    const auto part = text.substr(at, size);
    for (auto times = below(40); times > 0; --times) text.insert(at, part);
  }

  void splice(std::string& text, std::size_t at) {
    const auto& other = pick(seeds_);
    text.replace(at, std::string::npos, other, below(other.size() + 1), std::string::npos);
  }

  std::mt19937_64 random_{20'240'229};
  const Words &seeds_, &words_;
};

}  // namespace

TEST_CASE("fuzz: no input breaks what a target promises") {
  const char* rounds = std::getenv("HX_FUZZ_ROUNDS");
  for (const auto& target : fuzz_targets()) {
    CAPTURE(std::string(target.name));
    Mutator mutator(target);
    const long all = target.inputs * (rounds != nullptr ? std::strtol(rounds, nullptr, 10) : 1L);
    for (long i = 0; i < all; ++i) {
      const auto text = mutator.next();
      CAPTURE(quote(text));
      target.run(text);
    }
  }
}

}  // namespace hx::test
