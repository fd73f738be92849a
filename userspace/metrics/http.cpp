// SPDX-License-Identifier: Apache-2.0
#include "metrics/http.h"

#include <fcntl.h>
#include <gnutls/abstract.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <vector>

#include "base/text.h"
#include "metrics/client.h"
#include "metrics/http_reply.h"
#include "metrics/openmetrics.h"

namespace hx {
namespace {

// Of one connection: request line, headers and what the library notes about them.
constexpr std::size_t kConnectionBytes = 16'384;
constexpr unsigned kMaxConnections = 256;
// One host cannot take them all.
constexpr unsigned kMaxConnectionsOfAddress = 64;
// Longer than the usual scrape intervals, so that a scraper keeps its connection.
constexpr unsigned kIdleSeconds = 75;
// For all of a request, the handshake before it included, and for the reading of an answer.
constexpr std::chrono::seconds kRequestTime{10};
constexpr std::chrono::seconds kAnswerTime{60};
constexpr std::chrono::seconds kIdleTime{kIdleSeconds};
constexpr std::chrono::seconds kStuck{30};
constexpr std::size_t kStackBytes = 262'144;
constexpr std::chrono::milliseconds kLastAnswers{300};

constexpr const char* kReload = "/-/reload";
constexpr const char* kEvents = "/debug/events";

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

const sockaddr* address_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == nullptr ? nullptr : info->client_addr;
}

// Null without TLS.
gnutls_session_t session_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info == nullptr ? nullptr : static_cast<gnutls_session_t>(info->tls_session);
}

// The library insists on a certificate for all; sessions are given theirs when they begin.
int no_certificate(gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                   gnutls_pcert_st**, unsigned*, gnutls_privkey_t*) {
  return -1;
}

Connections::Connection& context_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<Connections::Connection*>(info->socket_context);
}

bool has_body(MHD_Connection* connection) {
  const char* length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
  return (length != nullptr && std::strcmp(length, "0") != 0) ||
         MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding") != nullptr;
}

}  // namespace

// Lives from the first sight of a request until its last byte is sent or its connection lost.
struct HttpServer::Request {
  WebRulesPtr rules;                 // in force when it came; null: none ever are
  std::optional<PasswordJob> login;  // once there was a password to check
  std::optional<ScrapeJob> job;      // once it has been handed to the queue
};

struct HttpHandlers {
  using Request = HttpServer::Request;
  using Clock = std::chrono::steady_clock;

  // Called for the headers, then once more for the end of the (empty) body, then, after a scrape or
  // the check of a password, when the connection is resumed. No exception may pass through the
  // library's C frames.
  static Answer on_request(void* self, MHD_Connection* connection, const char* url,
                           const char* method, const char*, const char*, std::size_t* body_size,
                           void** request) {
    auto& server = *static_cast<HttpServer*>(self);
    const auto now = Clock::now();
    server.busy_since_ = now;
    Answer answer = MHD_NO;  // closes the connection
    try {
      auto* known = static_cast<Request*>(*request);
      const bool is_new = known == nullptr;
      if (is_new) *request = known = begin(server);
      server.connections_.expect_by(context_of(connection), now + kAnswerTime);
      *body_size = is_new ? *body_size : 0;
      answer = is_new ? check(server, connection, *known)
                      : go_on(server, {connection, url, method, *known});
    } catch (const std::exception&) {
    }
    server.busy_since_ = HttpServer::Time::max();
    return answer;
  }

  static void on_end(void* self, MHD_Connection* connection, void** request,
                     MHD_RequestTerminationCode) {
    auto* known = static_cast<Request*>(*request);
    if (known == nullptr) return;
    const std::unique_ptr<Request> owned(known);
    *request = nullptr;
    auto& server = *static_cast<HttpServer*>(self);
    server.connections_.expect_by(context_of(connection), Clock::now() + kIdleTime);
    const std::lock_guard lock(server.mutex_);
    --server.open_;
    server.idle_.notify_all();
  }

  // The library has made the session by then, and has not used it.
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode what) {
    auto& server = *static_cast<HttpServer*>(self);
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
      if (*context == nullptr) return;  // there was no room for it
      server.connections_.end(*static_cast<Connections::Connection*>(*context));
      *context = nullptr;
      return;
    }
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const auto rules = server.web_ == nullptr ? nullptr : server.web_->rules();
    auto& known = server.connections_.begin(
        info->connect_fd, rules == nullptr ? nullptr : rules->tls, Clock::now() + kRequestTime);
    *context = &known;
    if (known.tls() != nullptr) known.tls()->prepare(session_of(connection));
  }

 private:
  // What the callbacks are given, and what is kept between them.
  struct Call {
    MHD_Connection* connection;
    const char* url;
    const char* method;
    Request& request;
  };

  static Request* begin(HttpServer& server) {
    auto request = std::make_unique<Request>();
    if (server.web_ != nullptr) request->rules = server.web_->rules();
    const std::lock_guard lock(server.mutex_);
    ++server.open_;
    return request.release();  // the library holds it until on_end
  }

  static Answer reply(MHD_Connection* connection, const Request& request, const Page& page) {
    static const Headers none;
    return send(connection, page, request.rules ? request.rules->config.headers : none);
  }
  static Answer reply(const Call& call, const Page& page) {
    return reply(call.connection, call.request, page);
  }
  static Answer reply_text(const Call& call, unsigned status, const std::string& text) {
    return reply(call, {.status = status, .body = text});
  }

  // An answer before the body has been read makes the library close the connection.
  static Answer check(HttpServer&, MHD_Connection* connection, const Request& request) {
    if (!has_body(connection)) return MHD_YES;
    return reply(connection, request, {.status = 413, .body = "No request body expected\n"});
  }

  static Answer go_on(HttpServer& server, const Call& call) {
    if (call.request.job) return send_scrape(call, *call.request.job);
    switch (admit(server, call)) {
      case PasswordJob::Verdict::kAdmitted: return route(server, call);
      case PasswordJob::Verdict::kPending: return MHD_YES;
      case PasswordJob::Verdict::kRefused: return reply_text(call, 401, "Unauthorized\n");
      case PasswordJob::Verdict::kTooMany: break;
    }
    return reply_text(call, 429, "Too many requests\n");
  }

  static PasswordJob::Verdict admit(HttpServer& server, const Call& call) {
    using Verdict = PasswordJob::Verdict;
    auto& request = call.request;
    if (!request.rules) return Verdict::kAdmitted;
    if (request.login) return request.login->verdict;  // it was checked meanwhile
    const auto& config = request.rules->config;
    if (!is_within_rate(server, config)) return Verdict::kTooMany;
    if (config.users.empty()) return Verdict::kAdmitted;
    const char* header =
        MHD_lookup_connection_value(call.connection, MHD_HEADER_KIND, "Authorization");
    auto credentials = parse_basic_auth(header == nullptr ? "" : header);
    if (!credentials) return Verdict::kRefused;
    auto& login = request.login.emplace();
    login.credentials = std::move(*credentials);
    login.client = limit_key(address_of(call.connection));
    login.done = [&server, connection = call.connection] { resume(server, connection); };
    // resume() takes the same lock first: it cannot come before the suspension.
    const std::lock_guard lock(server.mutex_);
    if (server.stopping_) return Verdict::kTooMany;
    const auto verdict = server.web_->passwords().check(login, config.users);
    if (verdict == Verdict::kPending) suspend(server, call.connection);
    return verdict;
  }

  static bool is_within_rate(HttpServer& server, const WebConfig& config) {
    if (config.rate_interval.count() == 0) return true;
    if (!server.rate_ || server.rate_interval_ != config.rate_interval ||
        server.rate_burst_ != config.rate_burst) {
      const std::chrono::duration<double> interval = config.rate_interval;
      server.rate_.emplace(config.rate_burst, 1 / interval.count());
      server.rate_interval_ = config.rate_interval;
      server.rate_burst_ = config.rate_burst;
    }
    return server.rate_->take(Clock::now());
  }

  static Answer route(HttpServer& server, const Call& call) {
    const std::string_view path = call.url, method = call.method;
    const bool is_reload = server.pages_.reload && path == kReload;
    if (is_reload ? method != "POST" : method != "GET" && method != "HEAD") {
      return reply(call, {.status = 405,
                          .body = "Method not allowed\n",
                          .allow = is_reload ? "POST" : "GET, HEAD"});
    }
    if (path == server.pages_.telemetry_path) return scrape(server, call);
    if (path == "/") {
      return reply(call,
                   {.type = kHtml, .body = server.landing_page_, .memory = MHD_RESPMEM_PERSISTENT});
    }
    if (is_reload) return reload(server, call);
    if (server.pages_.events && path == kEvents) return events(server, call);
    if (path == "/-/healthy") return reply_text(call, 200, "host_exporter is healthy.\n");
    if (path == "/-/ready") return reply_text(call, 200, "host_exporter is ready.\n");
    return reply_text(call, 404, "404 page not found\n");
  }

  static bool is_told_from_anybody(const Call& call) {
    if (call.request.login) return true;  // nobody gets here with a wrong password
    const auto& tls = context_of(call.connection).tls();
    return tls != nullptr && tls->has_verified(session_of(call.connection));
  }

  static Answer reload(HttpServer& server, const Call& call) {
    if (!is_this_host(address_of(call.connection)) && !is_told_from_anybody(call)) {
      return reply_text(call, 403, "Only from this host\n");
    }
    const auto ok = server.pages_.reload();
    return ok ? reply_text(call, 200, "Reloaded\n")
              : reply_text(call, 500, ok.error().message() + "\n");
  }

  static Answer events(HttpServer& server, const Call& call) {
    if (!is_this_host(address_of(call.connection))) {
      return reply_text(call, 403, "Only from this host\n");
    }
    const char* after =
        MHD_lookup_connection_value(call.connection, MHD_GET_ARGUMENT_KIND, "after");
    const auto seq = to_u64(after == nullptr ? "0" : after);
    if (!seq) return reply_text(call, 400, "after: want the seq of an event\n");
    const auto lines = server.pages_.events(*seq);
    return reply(call, {.type = kJsonLines, .body = lines});
  }

  static Answer scrape(HttpServer& server, const Call& call) {
    auto filter = make_filter(call.connection, server.queue_.registry());
    if (!filter) {
      server.queue_.instruments().answered(400);
      return reply_text(call, 400, filter.error().what + "\n");
    }
    auto& job = call.request.job.emplace();
    job.wanted = std::move(*filter);
    job.gzip = accepts_gzip(
        MHD_lookup_connection_value(call.connection, MHD_HEADER_KIND, "Accept-Encoding"));
    const char* accept = MHD_lookup_connection_value(call.connection, MHD_HEADER_KIND, "Accept");
    job.openmetrics = prefers_openmetrics(accept == nullptr ? "" : accept);
    job.done = [&server, connection = call.connection] { resume(server, connection); };

    // As in admit().
    const std::lock_guard lock(server.mutex_);
    if (!server.stopping_ && server.queue_.submit(job)) {
      suspend(server, call.connection);
      return MHD_YES;
    }
    server.queue_.instruments().answered(503);
    return reply_text(call, 503,
                      "Limit of concurrent requests reached (" +
                          std::to_string(server.queue_.limit()) + "), try again later.\n");
  }

  // With the server's lock.
  static void suspend(HttpServer& server, MHD_Connection* connection) {
    server.connections_.expect_by(context_of(connection), HttpServer::Time::max());
    MHD_suspend_connection(connection);
    ++server.suspended_;
  }

  static void resume(HttpServer& server, MHD_Connection* connection) {
    { const std::lock_guard suspended(server.mutex_); }
    MHD_resume_connection(connection);  // wakes the thread that talks, which wants the lock
    const std::lock_guard lock(server.mutex_);
    --server.suspended_;
    server.idle_.notify_all();
  }

  static Answer send_scrape(const Call& call, const ScrapeJob& job) {
    if (job.http_status != 200) {
      const auto status = static_cast<unsigned>(job.http_status);
      return reply_text(call, status, job.body.empty() ? "No scrape possible\n" : job.body);
    }
    return reply(call, {.type = job.openmetrics ? kOpenMetrics : kTextFormat,
                        .body = job.body,
                        .memory = MHD_RESPMEM_PERSISTENT,
                        .gzip = job.gzip,
                        .vary = "Accept, Accept-Encoding"});
  }
};

HttpServer::HttpServer(ListenSocket socket, HttpPages pages, ScrapeQueue& queue, WebAccess* web)
    : socket_(std::move(socket)),
      pages_(std::move(pages)),
      landing_page_(make_landing_page(pages_.title, pages_.description, pages_.telemetry_path)),
      queue_(queue),
      web_(web) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(ListenSocket socket, HttpPages pages,
                                                      ScrapeQueue& queue, WebAccess* web) {
  std::unique_ptr<HttpServer> server(
      new HttpServer(std::move(socket), std::move(pages), queue, web));
  // The library closes the socket it is given, so it is given one of its own.
  const int listening = ::fcntl(server->socket_.fd.get(), F_DUPFD_CLOEXEC, 0);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO;
  if (web != nullptr && web->uses_tls()) flags |= MHD_USE_TLS;
  const auto of_tls = (flags & MHD_USE_TLS) != 0 ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END;
  server->daemon_ =
      MHD_start_daemon(flags, 0, nullptr, nullptr, &HttpHandlers::on_request, server.get(),       //
                       MHD_OPTION_LISTEN_SOCKET, listening,                                       //
                       MHD_OPTION_NOTIFY_COMPLETED, &HttpHandlers::on_end, server.get(),          //
                       MHD_OPTION_NOTIFY_CONNECTION, &HttpHandlers::on_connection, server.get(),  //
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionBytes,                      //
                       MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,                              //
                       MHD_OPTION_PER_IP_CONNECTION_LIMIT, kMaxConnectionsOfAddress,              //
                       MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,                               //
                       MHD_OPTION_THREAD_STACK_SIZE, kStackBytes,                                 //
                       of_tls, &no_certificate, MHD_OPTION_END);
  if (server->daemon_ == nullptr) {
    return Error{errno, "start the HTTP server of " + server->socket_.address};
  }
  return server;
}

bool HttpServer::is_stuck(Time now) const {
  // Time::max() is never before it.
  return busy_since_.load() < now - kStuck || connections_.has_cut_before(now - kStuck);
}

HttpServer::~HttpServer() {
  if (daemon_ == nullptr) return;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    idle_.wait_for(lock, kLastAnswers, [this] { return open_ == 0; });
    // The library does not survive suspended connections at its end.
    idle_.wait(lock, [this] { return suspended_ == 0; });
  }
  MHD_stop_daemon(daemon_);
}

}  // namespace hx
