// SPDX-License-Identifier: Apache-2.0
// Who is let in, and for how long.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "metrics/web_access.h"
#include "support/http_client.h"
#include "support/temp_host.h"
#include "support/test_server.h"

namespace hx::test {
namespace {

using namespace std::chrono_literals;

// alice has "secret".
constexpr const char* kUsers =
    "basic_auth_users:\n"
    "  alice: $2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";
constexpr const char* kAlice = "Authorization: Basic YWxpY2U6c2VjcmV0\r\n";
constexpr const char* kGuess = "Authorization: Basic YWxpY2U6Z3Vlc3M=\r\n";

// A configuration in a file.
struct TestAccess {
  explicit TestAccess(std::string_view yaml) {
    write(yaml);
    auto opened = WebAccess::open(path());
    REQUIRE(opened);
    web = std::move(*opened);
  }
  std::string path() const { return (host.dir() / "web.yml").string(); }
  void write(std::string_view yaml) const { host.write("web.yml", yaml); }

  TempHost host;
  std::unique_ptr<WebAccess> web;
};

int status_of(const TestServer& server, std::string_view path, std::string_view headers = {}) {
  return http_get(server.port(), path, headers).status;
}

}  // namespace

TEST_CASE("http access: a password protects every page") {
  TestAccess access(kUsers);
  TestServer server(40, {}, access.web.get());
  for (const char* path : {"/metrics", "/", "/-/healthy", "/-/ready", "/nope"}) {
    CAPTURE(std::string(path));
    const auto reply = http_get(server.port(), path);
    CHECK(reply.status == 401);
    CHECK(reply.headers.at("www-authenticate").starts_with("Basic realm="));
    CHECK(reply.body == "Unauthorized\n");
    CHECK(status_of(server, path, kGuess) == 401);
    CHECK(status_of(server, path, kAlice) == (std::string_view(path) == "/nope" ? 404 : 200));
  }
  HttpClient client(server.port());
  client.send("DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.receive().status == 401);
}

TEST_CASE("http access: a connection may try again") {
  TestAccess access(kUsers);
  TestServer server(40, {}, access.web.get());
  HttpClient client(server.port());
  CHECK(client.get("/metrics").status == 401);
  CHECK(client.get("/metrics", kGuess).status == 401);
  CHECK(client.get("/metrics", kAlice).status == 200);
  CHECK(client.get("/metrics").status == 401);
}

TEST_CASE("http access: who guesses gets no more answers, others do") {
  TestAccess access(kUsers);
  TestServer server(40, {}, access.web.get());
  int refused = 0, stopped = 0;
  for (int i = 0; i < 30; ++i) {
    const auto reply = http_get(server.port(), "/metrics", kGuess);
    refused += reply.status == 401 ? 1 : 0;
    stopped += reply.status == 429 && reply.headers.count("retry-after") == 1 ? 1 : 0;
  }
  CHECK(refused >= 10);
  CHECK(refused + stopped == 30);
  CHECK(stopped > 0);
  CHECK(status_of(server, "/metrics") == 401);
}

TEST_CASE("http access: a client that leaves during the check of its password harms nobody") {
  TestAccess access(kUsers);
  TestServer server(40, {}, access.web.get());
  for (int i = 0; i < 5; ++i) {
    HttpClient(server.port()).send("GET / HTTP/1.1\r\nHost: x\r\n" + std::string(kGuess) + "\r\n");
  }
  CHECK(status_of(server, "/metrics", kAlice) == 200);
}

TEST_CASE("http access: headers are added to every answer") {
  TestAccess access("http_server_config: {headers: {X-Frame-Options: deny}}\n" +
                    std::string(kUsers));
  TestServer server(40, {}, access.web.get());
  for (const char* headers : {"", kAlice, "Content-Length: 5\r\n"}) {
    CHECK(http_get(server.port(), "/", headers).headers.at("x-frame-options") == "deny");
  }
}

TEST_CASE("http access: requests past the rate are refused") {
  TestAccess access("rate_limit: {interval: 1h, burst: 3}\n");
  TestServer server(40, {}, access.web.get());
  for (int i = 0; i < 3; ++i) CHECK(status_of(server, "/metrics") == 200);
  CHECK(status_of(server, "/metrics") == 429);
  access.write("rate_limit: {interval: 1h, burst: 1}\n");
  REQUIRE(access.web->reload());
  CHECK(status_of(server, "/metrics") == 200);
  CHECK(status_of(server, "/metrics") == 429);
}

TEST_CASE("http access: a reload needs this host or a password, and a method") {
  TestAccess access(kUsers);
  int reloads = 0;
  HttpPages pages;
  pages.reload = [&]() -> Status {
    ++reloads;
    return {};
  };
  TestServer server(40, pages, access.web.get());
  const auto post = [&](const std::string& headers) {
    HttpClient client(server.port());
    client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + headers + "\r\n");
    return client.receive().status;
  };
  CHECK(post("") == 401);
  CHECK(post(kGuess) == 401);
  CHECK(reloads == 0);
  CHECK(post(kAlice) == 200);
  CHECK(reloads == 1);
  CHECK(status_of(server, "/-/reload", kAlice) == 405);
}

TEST_CASE("web access: a file that changes is in force within a second, a bad one never") {
  TestAccess access("");
  auto now = std::chrono::steady_clock::now();
  CHECK(access.web->rules(now)->config.users.empty());
  access.write(kUsers);
  CHECK(access.web->rules(now += 900ms)->config.users.empty());
  CHECK(access.web->rules(now += 200ms)->config.users.size() == 1);
  access.write("basic_auth_users: nonsense\n");
  CHECK(access.web->rules(now += 2s)->config.users.size() == 1);
  CHECK_FALSE(access.web->reload());
  access.host.remove("web.yml");
  CHECK(access.web->rules(now += 2s)->config.users.size() == 1);
  access.write("rate_limit: {interval: 2s, burst: 7}\n");
  CHECK(access.web->rules(now += 2s)->config.rate_burst == 7);
}

TEST_CASE("web access: TLS that comes with a change is not spoken without a restart") {
  TestAccess access(kUsers);
  access.write("tls_server_config: {cert_file: no-such, key_file: no-such}\n");
  const auto reloaded = access.web->reload();
  REQUIRE_FALSE(reloaded);
  CHECK(reloaded.error().message().find("web.yml:1: tls_server_config.cert_file") !=
        std::string::npos);
  CHECK(access.web->rules()->config.users.size() == 1);
}

TEST_CASE("http access: a request that trickles is cut off in time, one that is there is not") {
  TestServer server;
  Gate gate;
  server.registry.add_unnamed(unit([&](MetricSink&) { gate.pass(); }));
  HttpClient slow(server.port()), scraping(server.port()), idle(server.port());
  slow.send("GET /metrics HTTP/1.1\r\n");
  CHECK(idle.get("/-/ready").status == 200);
  scraping.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.wait_for_scrape();
  const auto now = std::chrono::steady_clock::now();
  server.server->cut_late(now + 8s);
  CHECK(slow.send("X: y\r\n"));
  server.server->cut_late(now + 11s);
  CHECK(slow.receive().status == 0);
  CHECK(idle.get("/-/ready").status == 200);
  server.server->cut_late(now + 60s);
  gate.open();
  CHECK(scraping.receive().status == 200);
  server.server->cut_late(std::chrono::steady_clock::now() + 80s);
  CHECK(idle.receive().status == 0);
  // Its end may be seen before the server's thread has forgotten it.
  const auto patience = now + 10s;
  while (server.server->is_stuck(now + 200s) && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  CHECK_FALSE(server.server->is_stuck(now + 200s));
}

TEST_CASE("http access: who reads an answer too slowly is cut off") {
  TestServer server;
  Gate gate;
  server.registry.add_unnamed(unit([&](MetricSink& out) {
    gate.pass();
    // More than sockets buffer.
    out.gauge("hx_test", "Help.").add({{"i", std::string(12'000'000, 'x')}}, 1);
  }));
  HttpClient slow(server.port());
  slow.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.wait_for_scrape();
  gate.open();
  CHECK(http_get(server.port(), "/metrics").status == 200);  // by now the first one is answered
  server.server->cut_late(std::chrono::steady_clock::now() + 61s);
  const auto reply = slow.receive();
  CHECK(reply.headers.at("content-length").size() == 8);
  CHECK(std::to_string(reply.body.size()) != reply.headers.at("content-length"));
}

TEST_CASE("http access: a server whose thread does not come back is stuck") {
  Gate gate;
  HttpPages pages;
  pages.reload = [&]() -> Status {
    gate.pass();
    return {};
  };
  TestServer server(40, pages);
  HttpClient client(server.port());
  client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  gate.wait_for_scrape();
  const auto now = std::chrono::steady_clock::now();
  CHECK_FALSE(server.server->is_stuck(now + 20s));
  CHECK(server.server->is_stuck(now + 40s));
  gate.open();
  CHECK(client.receive().status == 200);
  CHECK_FALSE(server.server->is_stuck(now + 40s));
}

TEST_CASE("scrape queue: how long a scrape runs is known") {
  TestServer server;
  Gate gate;
  server.registry.add_unnamed(unit([&](MetricSink&) { gate.pass(); }));
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(server.queue.runs_since_before(before + 1h));
  HttpClient client(server.port());
  client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.wait_for_scrape();
  CHECK_FALSE(server.queue.runs_since_before(before));
  CHECK(server.queue.runs_since_before(before + 1h));
  gate.open();
  CHECK(client.receive().status == 200);
}

}  // namespace hx::test
