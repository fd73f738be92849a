// SPDX-License-Identifier: Apache-2.0
#include "metrics/http.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <vector>

#include "base/text.h"

namespace hx {
namespace {

#if MHD_VERSION < 0x00097002
using Answer = int;
#else
using Answer = MHD_Result;
#endif

// Of one connection: request line, headers and what the library notes about them.
constexpr std::size_t kConnectionBytes = 16'384;
constexpr unsigned kMaxConnections = 256;
// One host cannot take them all.
constexpr unsigned kMaxConnectionsOfAddress = 64;
// Longer than the usual scrape intervals, so that a scraper keeps its connection.
constexpr unsigned kIdleSeconds = 75;
constexpr std::size_t kStackBytes = 262'144;
constexpr std::chrono::milliseconds kLastAnswers{300};

constexpr const char* kReload = "/-/reload";
constexpr const char* kEvents = "/debug/events";
constexpr const char* kJsonLines = "application/x-ndjson";
constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kPlain = "text/plain; charset=utf-8";
constexpr const char* kHtml = "text/html; charset=utf-8";

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string make_landing_page(const HttpPages& pages) {
  const auto title = escape_html(pages.title);
  const auto link = [](const std::string& path, const char* text) {
    return "<li><a href=\"" + escape_html(path) + "\">" + text + "</a></li>\n";
  };
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>" + title +
         "</title></head>\n<body>\n" + "<h1>" + title + "</h1>\n<p>" +
         escape_html(pages.description) + "</p>\n<ul>\n" + link(pages.telemetry_path, "Metrics") +
         link("/-/healthy", "Health") + "</ul>\n</body>\n</html>\n";
}

// Whether a list like "deflate, gzip;q=0.5" takes gzip.
bool accepts_gzip(const char* header) {
  std::string_view rest = header == nullptr ? std::string_view{} : header;
  while (!rest.empty()) {
    auto item = cut(rest, ',');
    const auto coding = trim(cut(item, ';'));
    if (coding != "gzip" && coding != "*") continue;
    item = trim(item);
    return !(item.starts_with("q=0") && item.find_first_not_of("0.", 3) == std::string_view::npos);
  }
  return false;
}

struct Selection {
  std::vector<std::string> collect, exclude;
};

Answer note_argument(void* selection, MHD_ValueKind, const char* key, const char* value) {
  auto& chosen = *static_cast<Selection*>(selection);
  if (value == nullptr) return MHD_YES;
  if (std::strcmp(key, "collect[]") == 0) chosen.collect.emplace_back(value);
  if (std::strcmp(key, "exclude[]") == 0) chosen.exclude.emplace_back(value);
  return MHD_YES;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The filter that a query asks for, or why it cannot be had, in upstream's words.
Result<Registry::Filter> make_filter(MHD_Connection* connection, const Registry& registry) {
  Selection chosen;
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, note_argument, &chosen);
  if (chosen.collect.empty() && chosen.exclude.empty()) return Registry::Filter{};
  if (!chosen.collect.empty() && !chosen.exclude.empty()) {
    return Error{0, "Combined collect and exclude queries are not allowed."};
  }
  const auto known = registry.names();
  if (known.empty()) return Registry::Filter{};  // a target without parts to choose from
  for (const auto& name : chosen.collect) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error{0, "Couldn't create filtered metrics handler: missing collector: " + name};
    }
  }
  return Registry::Filter([chosen = std::move(chosen)](std::string_view name) {
    return chosen.collect.empty() ? !contains(chosen.exclude, name)
                                  : contains(chosen.collect, name);
  });
}

struct Page {
  unsigned status = 200;
  const char* type = kPlain;
  std::string_view body;
  MHD_ResponseMemoryMode memory = MHD_RESPMEM_MUST_COPY;  // PERSISTENT: body outlives the request
  bool gzip = false;
  const char* allow = "GET, HEAD";  // with status 405
};

Answer send(MHD_Connection* connection, const Page& page) {
  // The library wants a non-const pointer and does not write through it.
  MHD_Response* response = MHD_create_response_from_buffer(
      page.body.size(), const_cast<char*>(page.body.data()), page.memory);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", page.type);
  if (page.gzip) MHD_add_response_header(response, "Content-Encoding", "gzip");
  if (page.type == kTextFormat) MHD_add_response_header(response, "Vary", "Accept-Encoding");
  if (page.status == 405) MHD_add_response_header(response, "Allow", page.allow);
  const Answer queued = MHD_queue_response(connection, page.status, response);
  MHD_destroy_response(response);
  return queued;
}

Answer send_text(MHD_Connection* connection, unsigned status, const std::string& text) {
  return send(connection, {.status = status, .body = text});
}

bool is_loopback(const sockaddr* address) {
  if (address == nullptr) return false;
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

bool comes_from_this_host(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info != nullptr && is_loopback(info->client_addr);
}

bool has_body(MHD_Connection* connection) {
  const char* length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
  return (length != nullptr && std::strcmp(length, "0") != 0) ||
         MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding") != nullptr;
}

}  // namespace

// Lives from the first sight of a request until its last byte is sent or its connection lost.
struct HttpServer::Request {
  std::optional<ScrapeJob> job;  // once it has been handed to the queue
};

struct HttpHandlers {
  using Request = HttpServer::Request;

  // Called for the headers, then once more for the end of the (empty) body, then, after a scrape,
  // when the connection is resumed. No exception may pass through the library's C frames.
  static Answer on_request(void* self, MHD_Connection* connection, const char* url,
                           const char* method, const char*, const char*, std::size_t* body_size,
                           void** request) {
    auto& server = *static_cast<HttpServer*>(self);
    try {
      auto* known = static_cast<Request*>(*request);
      if (known == nullptr) {
        *request = begin(server);
        return check(server, connection, url, method);
      }
      *body_size = 0;
      if (known->job) return send_scrape(connection, *known->job);
      return route(server, connection, url, *known);
    } catch (const std::exception&) {
      return MHD_NO;  // closes the connection
    }
  }

  static void on_end(void* self, MHD_Connection*, void** request, MHD_RequestTerminationCode) {
    auto* known = static_cast<Request*>(*request);
    if (known == nullptr) return;
    const std::unique_ptr<Request> owned(known);
    *request = nullptr;
    auto& server = *static_cast<HttpServer*>(self);
    const std::lock_guard lock(server.mutex_);
    --server.open_;
    server.idle_.notify_all();
  }

 private:
  static Request* begin(HttpServer& server) {
    const std::lock_guard lock(server.mutex_);
    ++server.open_;
    return std::make_unique<Request>().release();  // the library holds it until on_end
  }

  // An answer before the body has been read makes the library close the connection.
  static Answer check(HttpServer& server, MHD_Connection* connection, const char* url,
                      const char* method) {
    const bool is_reload = server.pages_.reload && std::strcmp(url, kReload) == 0;
    const bool is_read = std::strcmp(method, "GET") == 0 || std::strcmp(method, "HEAD") == 0;
    if (is_reload ? std::strcmp(method, "POST") != 0 : !is_read) {
      return send(connection, {.status = 405,
                               .body = "Method not allowed\n",
                               .allow = is_reload ? "POST" : "GET, HEAD"});
    }
    if (has_body(connection)) return send_text(connection, 413, "No request body expected\n");
    return MHD_YES;
  }

  static Answer route(HttpServer& server, MHD_Connection* connection, std::string_view path,
                      Request& request) {
    if (path == server.pages_.telemetry_path) return scrape(server, connection, request);
    if (path == "/") {
      return send(connection,
                  {.type = kHtml, .body = server.landing_page_, .memory = MHD_RESPMEM_PERSISTENT});
    }
    if (server.pages_.reload && path == kReload) return reload(server, connection);
    if (server.pages_.events && path == kEvents) return events(server, connection);
    if (path == "/-/healthy") return send_text(connection, 200, "host_exporter is healthy.\n");
    if (path == "/-/ready") return send_text(connection, 200, "host_exporter is ready.\n");
    return send_text(connection, 404, "404 page not found\n");
  }

  static Answer reload(HttpServer& server, MHD_Connection* connection) {
    if (!comes_from_this_host(connection)) {
      return send_text(connection, 403, "Only from this host\n");
    }
    const auto ok = server.pages_.reload();
    return ok ? send_text(connection, 200, "Reloaded\n")
              : send_text(connection, 500, ok.error().message() + "\n");
  }

  static Answer events(HttpServer& server, MHD_Connection* connection) {
    if (!comes_from_this_host(connection)) {
      return send_text(connection, 403, "Only from this host\n");
    }
    const char* after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
    const auto seq = to_u64(after == nullptr ? "0" : after);
    if (!seq) return send_text(connection, 400, "after: want the seq of an event\n");
    return send(connection, {.type = kJsonLines, .body = server.pages_.events(*seq)});
  }

  static Answer scrape(HttpServer& server, MHD_Connection* connection, Request& request) {
    auto filter = make_filter(connection, server.queue_.registry());
    if (!filter) {
      server.queue_.instruments().answered(400);
      return send_text(connection, 400, filter.error().what + "\n");
    }
    request.job.emplace();
    request.job->wanted = std::move(*filter);
    request.job->gzip =
        accepts_gzip(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding"));
    request.job->done = [&server, connection] { resume(server, connection); };

    // resume() takes the same lock first: it cannot come before the suspension.
    const std::lock_guard lock(server.mutex_);
    if (!server.stopping_ && server.queue_.submit(*request.job)) {
      MHD_suspend_connection(connection);
      ++server.scraping_;
      return MHD_YES;
    }
    server.queue_.instruments().answered(503);
    return send_text(connection, 503,
                     "Limit of concurrent requests reached (" +
                         std::to_string(server.queue_.limit()) + "), try again later.\n");
  }

  static void resume(HttpServer& server, MHD_Connection* connection) {
    { const std::lock_guard suspended(server.mutex_); }
    MHD_resume_connection(connection);  // wakes the thread that talks, which wants the lock
    const std::lock_guard lock(server.mutex_);
    --server.scraping_;
    server.idle_.notify_all();
  }

  static Answer send_scrape(MHD_Connection* connection, const ScrapeJob& job) {
    if (job.http_status != 200) {
      const auto status = static_cast<unsigned>(job.http_status);
      return send_text(connection, status, job.body.empty() ? "No scrape possible\n" : job.body);
    }
    return send(connection, {.type = kTextFormat,
                             .body = job.body,
                             .memory = MHD_RESPMEM_PERSISTENT,
                             .gzip = job.gzip});
  }
};

HttpServer::HttpServer(ListenSocket socket, HttpPages pages, ScrapeQueue& queue)
    : socket_(std::move(socket)),
      pages_(std::move(pages)),
      landing_page_(make_landing_page(pages_)),
      queue_(queue) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(ListenSocket socket, HttpPages pages,
                                                      ScrapeQueue& queue) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(socket), std::move(pages), queue));
  // The library closes the socket it is given, so it is given one of its own.
  const int listening = ::fcntl(server->socket_.fd.get(), F_DUPFD_CLOEXEC, 0);
  server->daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0,
                       nullptr, nullptr, &HttpHandlers::on_request, server.get(),         //
                       MHD_OPTION_LISTEN_SOCKET, listening,                               //
                       MHD_OPTION_NOTIFY_COMPLETED, &HttpHandlers::on_end, server.get(),  //
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionBytes,              //
                       MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,                      //
                       MHD_OPTION_PER_IP_CONNECTION_LIMIT, kMaxConnectionsOfAddress,      //
                       MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,                       //
                       MHD_OPTION_THREAD_STACK_SIZE, kStackBytes, MHD_OPTION_END);
  if (server->daemon_ == nullptr) {
    return Error{errno, "start the HTTP server of " + server->socket_.address};
  }
  return server;
}

HttpServer::~HttpServer() {
  if (daemon_ == nullptr) return;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    idle_.wait_for(lock, kLastAnswers, [this] { return open_ == 0; });
    // The library does not survive suspended connections at its end.
    idle_.wait(lock, [this] { return scraping_ == 0; });
  }
  MHD_stop_daemon(daemon_);
}

}  // namespace hx
