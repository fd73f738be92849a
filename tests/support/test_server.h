// SPDX-License-Identifier: Apache-2.0
// A server on a free port of 127.0.0.1, with a registry to be filled.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "metrics/http.h"
#include "metrics/instruments.h"
#include "metrics/registry.h"

namespace hx::test {

class Lambda final : public Collector {
 public:
  explicit Lambda(std::function<void(MetricSink&)> body) : body_(std::move(body)) {}
  Status collect(MetricSink& out) override {
    body_(out);
    return {};
  }

 private:
  std::function<void(MetricSink&)> body_;
};

inline CollectorPtr unit(std::function<void(MetricSink&)> body) {
  return std::make_unique<Lambda>(std::move(body));
}

inline CollectorPtr gauge(std::string name, double value) {
  return unit([=](MetricSink& out) { out.gauge(name, "Help.").add(value); });
}

// A scrape that waits until it is let go.
class Gate {
 public:
  void pass() {
    arrived_ = true;
    arrived_.notify_all();
    open_.wait(false);
  }
  void wait_for_scrape() { arrived_.wait(false); }
  void open() {
    open_ = true;
    open_.notify_all();
  }

 private:
  std::atomic<bool> arrived_ = false, open_ = false;
};

struct TestServer {
  explicit TestServer(unsigned limit = 40, HttpPages pages = {}, WebAccess* web = nullptr)
      : queue(registry, instruments, limit) {
    auto socket = listen_on("127.0.0.1:0");
    REQUIRE(socket);
    auto started = HttpServer::start(std::move(*socket), std::move(pages), queue, web);
    REQUIRE(started);
    server = std::move(*started);
  }
  std::uint16_t port() const { return server->socket().port; }

  // Nothing that a test waits for is left alone, however busy the machine.
  Registry registry{{.limit = std::chrono::seconds(60)}};
  HandlerInstruments instruments;
  ScrapeQueue queue;
  std::unique_ptr<HttpServer> server;
};

}  // namespace hx::test
