// SPDX-License-Identifier: Apache-2.0
// The HTTP side of a target: GNU libmicrohttpd with one event loop a listening address. Clients
// that are slow or idle cost it a connection, not a thread; scrapes run in the target's
// ScrapeQueue.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "metrics/connections.h"
#include "metrics/listen.h"
#include "metrics/scrape_queue.h"
#include "metrics/web_access.h"

struct MHD_Daemon;

namespace hx {

struct HttpPages {
  std::string telemetry_path = "/metrics";
  std::string title = "host_exporter";  // of the landing page
  std::string description;              // one sentence below it
  // What POST /-/reload does, from a server's thread; empty: there is no such page. It is open to
  // this host, and to clients that a password or a certificate tells from anybody.
  std::function<Status()> reload = nullptr;
  // What GET /debug/events?after=SEQ answers, in lines of JSON; empty: there is no such page. It is
  // open to this host only.
  std::function<std::string(std::uint64_t after)> events = nullptr;
};

class HttpServer {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Serves what connects to `socket`. Borrows the queue and, where not everybody may come in over
  // plain HTTP, `web`; both must outlive the server.
  static Result<std::unique_ptr<HttpServer>> start(ListenSocket socket, HttpPages pages,
                                                   ScrapeQueue& queue, WebAccess* web = nullptr);
  // Waits for the running scrape and, for a moment, until the answers have been sent.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const ListenSocket& socket() const noexcept { return socket_; }

  // To be called every few seconds: ends the connections whose clients take too long over a
  // request, or over reading an answer, however steadily bytes trickle.
  void cut_late(Time now) { connections_.cut_late(now); }
  // Whether its thread has not come back for half a minute.
  bool is_stuck(Time now) const;

  // The rest is for the callbacks of the library.
  struct Request;

 private:
  friend struct HttpHandlers;
  HttpServer(ListenSocket socket, HttpPages pages, ScrapeQueue& queue, WebAccess* web);

  ListenSocket socket_;
  const HttpPages pages_;
  const std::string landing_page_;
  ScrapeQueue& queue_;
  WebAccess* const web_;
  MHD_Daemon* daemon_ = nullptr;
  Connections connections_;
  std::atomic<Time> busy_since_ = Time::max();

  // Of its thread alone: requests let through by the rule in force.
  std::optional<TokenBucket> rate_;
  std::chrono::nanoseconds rate_interval_{0};
  unsigned rate_burst_ = 0;

  std::mutex mutex_;
  std::condition_variable idle_;
  unsigned suspended_ = 0;  // connections that wait for a scrape or for a password's check
  unsigned open_ = 0;       // requests begun and not yet answered to the last byte
  bool stopping_ = false;
};

}  // namespace hx
