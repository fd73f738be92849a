// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "metrics/sources.h"
#include "support/scrape.h"

namespace hx::test {
namespace {

enum class End { kGood, kError, kThrow };

// Writes one gauge under its name, then ends as it is told.
class Unit final : public Collector {
 public:
  Unit(std::string name, const End& end) : name_(std::move(name)), end_(end) {}
  Status collect(MetricSink& out) override {
    out.gauge(name_, "Help.").add(1);
    if (end_ == End::kThrow) throw std::runtime_error("thrown");
    if (end_ == End::kError) return Error{EIO, "read it"};
    return {};
  }

 private:
  std::string name_;
  const End& end_;
};

constexpr End kGood = End::kGood;

}  // namespace

TEST_CASE("registry: units run in order; the named ones are timed and judged") {
  Registry registry;
  registry.add("a", std::make_unique<Unit>("hx_a", kGood));
  registry.add_unnamed(std::make_unique<Unit>("hx_self", kGood));
  const auto text = registry.scrape();
  CHECK(text.find("hx_a 1") < text.find("hx_self 1"));
  const auto series = parse_exposition(text);
  CHECK(series.at("node_scrape_collector_success{collector=\"a\"}") == "1");
  CHECK(to_double(series.at("node_scrape_collector_duration_seconds{collector=\"a\"}")) >= 0.0);
  CHECK(series.size() == 4);
  CHECK(registry.names() == std::vector<std::string_view>{"a"});
}

TEST_CASE("registry: the begin of each scrape is told before its units run") {
  class Asking final : public Collector {
   public:
    explicit Asking(const int& begun) : begun_(begun) {}
    Status collect(MetricSink& out) override {
      out.gauge("hx_begun", "Help.").add(begun_);
      return {};
    }

   private:
    const int& begun_;
  };
  int begun = 0;
  Registry registry;
  registry.at_begin([&] { ++begun; });
  registry.add_unnamed(std::make_unique<Asking>(begun));
  for (const auto* expected : {"1", "2", "3"}) {
    CHECK(parse_exposition(registry.scrape()).at("hx_begun") == expected);
  }
}

TEST_CASE("registry: an error or an exception costs one unit, and only while it lasts") {
  for (auto failure : {End::kError, End::kThrow}) {
    End end = failure;
    Registry registry;
    registry.add("bad", std::make_unique<Unit>("hx_bad", end));
    registry.add("good", std::make_unique<Unit>("hx_good", kGood));
    auto series = parse_exposition(registry.scrape());
    CHECK(series.at("node_scrape_collector_success{collector=\"bad\"}") == "0");
    CHECK(series.at("node_scrape_collector_success{collector=\"good\"}") == "1");
    CHECK(series.at("hx_bad") == "1");  // what was written before is kept
    end = End::kGood;
    series = parse_exposition(registry.scrape());
    CHECK(series.at("node_scrape_collector_success{collector=\"bad\"}") == "1");
  }
}

TEST_CASE("registry: of a unit that yields, families that others have are left out") {
  class Guest final : public Collector {
   public:
    Status collect(MetricSink& out) override {
      out.gauge("hx_own", "Has no # HELP hx_a in it.").add({{"text", "\n# HELP hx_a"}}, 1);
      out.counter("hx_a", "Repeated.").add(2);
      out.counter("hx_last", "Help.").add(3);
      return {};
    }
    bool yields() const override { return true; }
  };
  Registry registry;
  registry.add("guest", std::make_unique<Guest>());
  registry.add("a", std::make_unique<Unit>("hx_a", kGood));
  const auto series = parse_exposition(registry.scrape());
  CHECK(series.at("hx_a") == "1");
  CHECK(series.at("hx_last") == "3");
  CHECK(series.size() == 3 + 2 * 2);
  CHECK(series.at("node_scrape_collector_success{collector=\"guest\"}") == "0");
  REQUIRE(registry.failures().size() == 1);
  CHECK(registry.failures().front().error.message() ==
        "left out hx_a, which another collector has");

  const auto alone = parse_exposition(registry.scrape([](auto name) { return name == "guest"; }));
  CHECK(alone.at("hx_a") == "2");
  CHECK(alone.at("node_scrape_collector_success{collector=\"guest\"}") == "1");
}

TEST_CASE("registry: a filter chooses named units and leaves the others") {
  Registry registry;
  registry.add("a", std::make_unique<Unit>("hx_a", kGood));
  registry.add("b", std::make_unique<Unit>("hx_b", kGood));
  registry.add_unnamed(std::make_unique<Unit>("hx_self", kGood));
  const auto series = parse_exposition(registry.scrape([](auto name) { return name == "b"; }));
  CHECK(series.count("hx_a") == 0);
  CHECK(series.count("hx_b") == 1);
  CHECK(series.count("hx_self") == 1);
  CHECK(series.count("node_scrape_collector_success{collector=\"a\"}") == 0);
}

TEST_CASE("registry: parallel scrapes do not meet inside a unit") {
  struct Alone final : Collector {
    Status collect(MetricSink&) override {
      if (inside++ != 0) met = true;
      std::this_thread::yield();
      --inside;
      return {};
    }
    std::atomic<int> inside = 0;
    std::atomic<bool> met = false;
  };
  Registry registry;
  auto alone = std::make_unique<Alone>();
  const auto& seen = *alone;
  registry.add("alone", std::move(alone));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) registry.scrape();
    });
  }
  threads.clear();
  CHECK_FALSE(seen.met);
}

TEST_CASE("registry: a unit that hangs fails in time, costs only itself, and comes back") {
  using namespace std::chrono_literals;
  struct Hanging final : Collector {
    explicit Hanging(std::shared_future<void> future) : gate(std::move(future)) {}
    Status collect(MetricSink& out) override {
      out.gauge("hx_hanging", "Help.").add(1);
      gate.wait();
      return {};
    }
    std::shared_future<void> gate;
  };
  std::promise<void> gate;
  Registry registry({.patience = 10ms, .limit = 100ms});
  registry.add("hanging", std::make_unique<Hanging>(gate.get_future().share()));
  registry.add("good", std::make_unique<Unit>("hx_good", kGood));
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto series = parse_exposition(registry.scrape());
    CHECK(std::chrono::steady_clock::now() - begin < (i == 0 ? 2s : 100ms));
    CHECK(series.count("hx_hanging") == 0);
    CHECK(series.at("hx_good") == "1");
    CHECK(series.at("node_scrape_collector_success{collector=\"hanging\"}") == "0");
    CHECK(series.at("node_scrape_collector_duration_seconds{collector=\"hanging\"}") == "0.1");
    CHECK(series.at("node_scrape_collector_success{collector=\"good\"}") == "1");
  }
  gate.set_value();
  std::this_thread::sleep_for(50ms);
  const auto series = parse_exposition(registry.scrape());
  CHECK(series.at("hx_hanging") == "1");
  CHECK(series.at("node_scrape_collector_success{collector=\"hanging\"}") == "1");
}

TEST_CASE("sources: each says whether it is up, and the last word counts") {
  Sources sources;
  sources.up("a");
  sources.down("b", {EPERM, "load"});
  sources.down("a", {0, "gone"});
  sources.up("a");
  std::string text;
  MetricSink out(text);
  CHECK(sources.collect(out));
  const auto series = parse_exposition(text);
  CHECK(series.size() == 2);
  CHECK(series.at("host_exporter_source_up{reason=\"\",source=\"a\"}") == "1");
  CHECK(
      series.at("host_exporter_source_up{reason=\"load: Operation not permitted\",source=\"b\"}") ==
      "0");
}

}  // namespace hx::test
