// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <future>
#include <thread>
#include <vector>

#include "support/http_client.h"
#include "support/scrape.h"
#include "support/test_server.h"

namespace hx::test {
namespace {

double in_flight(const TestServer& server) {
  for (const auto& family : server.instruments.collectable().Collect()) {
    if (family.name.ends_with("in_flight")) return family.metric.front().gauge.value;
  }
  return -1;
}

constexpr const char* kGzip = "Accept-Encoding: gzip\r\n";

}  // namespace

TEST_CASE("http: the telemetry path answers with the text format") {
  TestServer server;
  server.registry.add_unnamed(gauge("hx_test", 1.5));
  const auto reply = http_get(server.port(), "/metrics");
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(reply.headers.at("vary") == "Accept, Accept-Encoding");
  CHECK(reply.headers.count("content-encoding") == 0);
  CHECK(parse_exposition(reply.body).at("hx_test") == "1.5");
}

TEST_CASE("http: a target without units answers") {
  TestServer server;
  for (int i = 0; i < 3; ++i) CHECK(http_get(server.port(), "/metrics").status == 200);
}

TEST_CASE("http: the other paths") {
  TestServer server(40, {.telemetry_path = "/a&b", .title = "<me>", .description = "\"x\""});
  CHECK(http_get(server.port(), "/-/healthy").status == 200);
  CHECK(http_get(server.port(), "/-/ready").status == 200);
  CHECK(http_get(server.port(), "/a&b").status == 200);
  for (const char* path : {"/metrics", "/a&b/", "/favicon.ico", "/-/", "/../etc/passwd", "//"}) {
    CAPTURE(std::string(path));
    CHECK(http_get(server.port(), path).status == 404);
  }
  const auto landing = http_get(server.port(), "/");
  CHECK(landing.status == 200);
  CHECK(landing.headers.at("content-type") == "text/html; charset=utf-8");
  CHECK(landing.body.find("<a href=\"/a&amp;b\">") != std::string::npos);
  CHECK(landing.body.find("<me>") == std::string::npos);
}

TEST_CASE("http: metrics may be served at the root") {
  TestServer server(40, {.telemetry_path = "/", .title = "x", .description = "x"});
  server.registry.add_unnamed(gauge("hx_test", 1));
  CHECK(http_get(server.port(), "/").body.find("hx_test 1\n") != std::string::npos);
}

TEST_CASE("http: only GET and HEAD are allowed, and no body") {
  TestServer server;
  server.registry.add_unnamed(gauge("hx_test", 1));
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    CAPTURE(method);
    HttpClient client(server.port());
    client.send(method + " /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    auto reply = client.receive();
    CHECK(reply.status == 405);
    CHECK(reply.headers["allow"] == "GET, HEAD");
  }
  CHECK(http_get(server.port(), "/metrics", "Content-Length: 1000000000\r\n").status == 413);
  HttpClient client(server.port());
  client.send("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.receive(true);
  CHECK(head.status == 200);
  CHECK(head.headers.at("content-length") != "0");
  CHECK(client.receive().body == "host_exporter is ready.\n");
}

TEST_CASE("http: a response is compressed for who takes gzip, and unpacks to the same text") {
  TestServer server;
  server.registry.add_unnamed(unit([](MetricSink& out) {
    auto family = out.gauge("hx_test", "Help.");
    for (int i = 0; i < 20'000; ++i) family.add({{"i", std::to_string(i)}}, i);
  }));
  const auto plain = http_get(server.port(), "/metrics").body;
  for (const char* header :
       {"Accept-Encoding: gzip\r\n", "accept-encoding: deflate, gzip;q=0.5\r\n",
        "Accept-Encoding: *\r\n"}) {
    CAPTURE(std::string(header));
    const auto reply = http_get(server.port(), "/metrics", header);
    CHECK(reply.headers.at("content-encoding") == "gzip");
    CHECK(reply.body.size() < plain.size() / 4);
    CHECK(gunzip(reply.body) == plain);
  }
  for (const char* header : {"Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: gzip; q=0.00\r\n",
                             "Accept-Encoding: xgzip, identity\r\n", "Accept-Encoding:\r\n"}) {
    CAPTURE(std::string(header));
    const auto reply = http_get(server.port(), "/metrics", header);
    CHECK(reply.headers.count("content-encoding") == 0);
    CHECK(reply.body == plain);
  }
}

TEST_CASE("http: who prefers OpenMetrics gets it, packed as well") {
  TestServer server;
  server.registry.add_unnamed(unit([](MetricSink& out) { out.counter("x_total", "X.").add(1); }));
  const std::string accept =
      "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
  const auto open = http_get(server.port(), "/metrics", accept);
  CHECK(open.headers.at("content-type") ==
        "application/openmetrics-text; version=1.0.0; charset=utf-8");
  CHECK(open.body.starts_with("# HELP x X.\n# TYPE x counter\nx_total 1\n"));
  CHECK(open.body.ends_with("\n# EOF\n"));
  const auto packed = http_get(server.port(), "/metrics", accept + kGzip);
  CHECK(gunzip(packed.body).ends_with("\n# EOF\n"));
  CHECK(http_get(server.port(), "/metrics").body.find("# EOF") == std::string::npos);
}

TEST_CASE("http: collect[] and exclude[] choose among the named units") {
  TestServer server;
  server.registry.add("a", gauge("hx_a", 1));
  server.registry.add("b", gauge("hx_b", 1));
  server.registry.add_unnamed(gauge("hx_always", 1));
  const auto has = [&](std::string query, const char* series) {
    return parse_exposition(http_get(server.port(), "/metrics?" + query).body).count(series) == 1;
  };
  CHECK(has("collect[]=a", "hx_a"));
  CHECK_FALSE(has("collect[]=a", "hx_b"));
  CHECK(has("collect[]=a", "hx_always"));
  CHECK(has("collect%5B%5D=a&collect%5B%5D=b", "hx_b"));
  CHECK_FALSE(has("exclude[]=a", "hx_a"));
  CHECK(has("exclude[]=a&exclude[]=unknown", "hx_b"));
  CHECK(has("other=a", "hx_b"));

  const auto both = http_get(server.port(), "/metrics?collect[]=a&exclude[]=b");
  CHECK(both.status == 400);
  CHECK(both.body == "Combined collect and exclude queries are not allowed.\n");
  const auto unknown = http_get(server.port(), "/metrics?collect[]=a&collect[]=nope");
  CHECK(unknown.status == 400);
  CHECK(unknown.body.ends_with("missing collector: nope\n"));
}

TEST_CASE("http: a connection serves many requests") {
  TestServer server;
  server.registry.add_unnamed(gauge("hx_test", 1));
  HttpClient client(server.port());
  for (int i = 0; i < 100; ++i) REQUIRE(client.get("/metrics", kGzip).status == 200);
  CHECK(client.get("/metrics", "Connection: close\r\n").status == 200);
  CHECK(client.receive().status == 0);
}

TEST_CASE("http: parallel scrapes are complete and younger than their requests") {
  TestServer server;
  int scrapes = 0;
  server.registry.add_unnamed(unit([&](MetricSink& out) {
    out.counter("hx_scrapes_total", "Help.").add(++scrapes);
    auto family = out.gauge("hx_test", "Help.");
    for (int i = 0; i < 2'000; ++i) family.add({{"i", std::to_string(i)}}, i);
  }));
  constexpr int kThreads = 8, kEach = 20;
  std::atomic<int> good = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      double last = 0;
      for (int i = 0; i < kEach; ++i) {
        const auto series =
            parse_exposition(gunzip(http_get(server.port(), "/metrics", kGzip).body));
        const double count = to_double(series.at("hx_scrapes_total")).value_or(0);
        if (series.size() == 2'001 && count > last) ++good;
        last = count;
      }
    });
  }
  threads.clear();
  CHECK(good == kThreads * kEach);
  CHECK(scrapes <= kThreads * kEach);
}

TEST_CASE("http: scrapes that wait together share one collection, those of a part have their own") {
  TestServer server;
  Gate gate;
  int scrapes = 0;
  server.registry.add("a", unit([&](MetricSink& out) {
                        if (++scrapes == 1) gate.pass();
                        out.counter("hx_scrapes_total", "Help.").add(scrapes);
                      }));
  const char* requests[] = {"/metrics", "/metrics", "/metrics?collect[]=a", "/metrics", "/metrics"};
  const char* headers[] = {"", "", "", kGzip, kGzip};
  std::deque<HttpClient> clients;
  for (int i = 0; i < 5; ++i) {
    auto& client = clients.emplace_back(server.port());
    client.send(std::string("GET ") + requests[i] + " HTTP/1.1\r\nHost: x\r\n" + headers[i] +
                "\r\n");
    while (in_flight(server) < i + 1) std::this_thread::yield();
    gate.wait_for_scrape();
  }
  gate.open();
  std::vector<std::string> counts;
  for (int i = 0; i < 5; ++i) {
    const auto body = clients[static_cast<std::size_t>(i)].receive().body;
    counts.push_back(parse_exposition(i < 3 ? body : gunzip(body)).at("hx_scrapes_total"));
  }
  CHECK(counts == std::vector<std::string>{"1", "2", "3", "2", "2"});
  CHECK(scrapes == 3);
}

TEST_CASE("http: requests beyond the limit are refused at once") {
  TestServer server(2);
  Gate gate;
  server.registry.add_unnamed(unit([&](MetricSink&) { gate.pass(); }));
  HttpClient first(server.port()), second(server.port());
  for (auto* client : {&first, &second}) client->send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  while (in_flight(server) < 2) std::this_thread::yield();
  const auto third = http_get(server.port(), "/metrics");
  CHECK(third.status == 503);
  CHECK(third.body == "Limit of concurrent requests reached (2), try again later.\n");
  CHECK(http_get(server.port(), "/-/healthy").status == 200);
  gate.open();
  CHECK(first.receive().status == 200);
  CHECK(second.receive().status == 200);
  CHECK(http_get(server.port(), "/metrics").status == 200);
}

TEST_CASE("http: headers that do not fit are refused and harm nobody") {
  TestServer server;
  server.registry.add_unnamed(gauge("hx_test", 1));
  const std::string huge(10'000'000, 'x');
  for (const auto& request : {"GET /metrics HTTP/1.1\r\nX: " + huge + "\r\n\r\n",
                              "GET /" + huge + " HTTP/1.1\r\n\r\n", huge}) {
    HttpClient client(server.port());
    client.send(request);
    const auto reply = client.receive();
    // The answer may be lost with the connection: the server does not read ten megabytes.
    CHECK((reply.status == 0 || reply.status >= 400));
  }
  CHECK(http_get(server.port(), "/metrics").status == 200);
}

TEST_CASE("http: nonsense harms nobody") {
  TestServer server;
  server.registry.add_unnamed(gauge("hx_test", 1));
  using namespace std::string_literals;
  for (const auto& request :
       {"\r\n\r\n"s, "GET\r\n\r\n"s, "GET /metrics\r\n\r\n"s, "GET /metrics HTTP/9.9\r\n\r\n"s,
        "\0\0\0\0\r\n\r\n"s, "\x16\x03\x01\x02"s, "GET /metrics HTTP/1.1\r\nno colon\r\n\r\n"s,
        "GET /metrics?%zz=%&&&=&collect[] HTTP/1.1\r\nHost: x\r\n\r\n"s}) {
    HttpClient(server.port()).send(request);
  }
  CHECK(http_get(server.port(), "/metrics").status == 200);
}

TEST_CASE("http: clients that are slow do not hold up the others") {
  TestServer server;
  server.registry.add_unnamed(gauge("hx_test", 1));
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(std::make_unique<HttpClient>(server.port()));
    slow.back()->send("GET /metrics HTTP/1.1\r\nHo");
  }
  CHECK(http_get(server.port(), "/metrics").status == 200);
  slow.front()->send("st: x\r\n\r\n");
  CHECK(slow.front()->receive().status == 200);
}

TEST_CASE("http: a client that leaves during its scrape harms nobody") {
  TestServer server;
  Gate gate;
  server.registry.add_unnamed(unit([&](MetricSink& out) {
    gate.pass();
    out.gauge("hx_test", "Help.").add(1);
  }));
  {
    HttpClient client(server.port());
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    gate.wait_for_scrape();
  }
  gate.open();
  CHECK(http_get(server.port(), "/metrics").status == 200);
}

TEST_CASE("http: a server that ends answers the running scrape first") {
  TestServer server;
  Gate gate;
  server.registry.add_unnamed(unit([&](MetricSink&) { gate.pass(); }));
  HttpClient client(server.port());
  client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.wait_for_scrape();
  auto ended = std::async(std::launch::async, [&] { server.server.reset(); });
  gate.open();
  CHECK(client.receive().status == 200);
  CHECK(ended.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
}

}  // namespace hx::test
