// SPDX-License-Identifier: Apache-2.0
// The HTTP side of a target: GNU libmicrohttpd with one event loop a listening address. Clients
// that are slow or idle cost it a connection, not a thread; scrapes run in the target's
// ScrapeQueue.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "metrics/listen.h"
#include "metrics/scrape_queue.h"

struct MHD_Daemon;

namespace hx {

struct HttpPages {
  std::string telemetry_path = "/metrics";
  std::string title = "host_exporter";  // of the landing page
  std::string description;              // one sentence below it
  // What POST /-/reload does, from a server's thread; empty: there is no such page. It is open to
  // this host only.
  std::function<Status()> reload = nullptr;
  // What GET /debug/events?after=SEQ answers, in lines of JSON; empty: there is no such page. It is
  // open to this host only.
  std::function<std::string(std::uint64_t after)> events = nullptr;
};

class HttpServer {
 public:
  // Serves what connects to `socket`. Borrows the queue, which must outlive the server.
  static Result<std::unique_ptr<HttpServer>> start(ListenSocket socket, HttpPages pages,
                                                   ScrapeQueue& queue);
  // Waits for the running scrape and, for a moment, until the answers have been sent.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const ListenSocket& socket() const noexcept { return socket_; }

  // The rest is for the callbacks of the library.
  struct Request;

 private:
  friend struct HttpHandlers;
  HttpServer(ListenSocket socket, HttpPages pages, ScrapeQueue& queue);

  ListenSocket socket_;
  const HttpPages pages_;
  const std::string landing_page_;
  ScrapeQueue& queue_;
  MHD_Daemon* daemon_ = nullptr;

  std::mutex mutex_;
  std::condition_variable idle_;
  unsigned scraping_ = 0;  // connections suspended until their scrape is done
  unsigned open_ = 0;      // requests begun and not yet answered to the last byte
  bool stopping_ = false;
};

}  // namespace hx
