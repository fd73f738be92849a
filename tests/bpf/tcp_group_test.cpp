// SPDX-License-Identifier: Apache-2.0
// What name groups do over TCP, between processes that know it.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "bpf/support.h"
#include "bpf/tcp_listener.h"

namespace hx::test {
namespace {

std::string series(const char* name, const char* group) {
  return std::string("namedprocess_namegroup_tcp_") + name + "_total{groupname=\"" + group + "\"}";
}

constexpr int kConnections = 50;
constexpr std::size_t kRequest = 3000, kAnswer = 1000;

// Reads until `size` bytes have come or there are no more; a look at them before takes none.
void receive(int socket, std::size_t size) {
  std::string buffer(size, '\0');
  ::recv(socket, buffer.data(), buffer.size(), MSG_PEEK);
  std::size_t got = 0;
  while (got < size) {
    const auto more = ::read(socket, buffer.data(), size - got);
    if (more <= 0) ::_exit(1);
    got += static_cast<std::size_t>(more);
  }
}

void send(int socket, std::size_t size) {
  const std::string text(size, 'x');
  if (::write(socket, text.data(), size) != static_cast<ssize_t>(size)) ::_exit(1);
}

}  // namespace

TEST_CASE("tcp_group: connections and bytes count for the groups at both ends") {
  Listener listener(kConnections);
  const Worker server("hx-tcp-server", [&] {
    for (int i = 0; i < kConnections; ++i) {
      const Fd peer(::accept(listener.fd(), nullptr, nullptr));
      receive(peer.get(), kRequest);
      send(peer.get(), kAnswer);
    }
  });
  const Worker client("hx-tcp-client", [&] {
    for (int i = 0; i < kConnections; ++i) {
      const Fd peer = listener.connect();
      send(peer.get(), kRequest);
      receive(peer.get(), kAnswer);
    }
  });
  CountedGroups all("tcp");
  if (is_too_old(all.sources, "tcp_groups")) return;
  server.start();
  client.start();
  client.wait();
  server.wait();
  auto counts = scrape(*all.groups);
  CHECK(counts[series("connects", "hx-tcp-client")] == kConnections);
  CHECK(counts[series("connects", "hx-tcp-server")] == 0);
  const bool has_bytes = all.counts.tcp->has_bytes();
  CHECK(reason_of(all.sources, "tcp_bytes").empty() == has_bytes);
  if (!has_bytes) return;
  CHECK(counts[series("accepts", "hx-tcp-client")] == 0);
  CHECK(counts[series("accepts", "hx-tcp-server")] == kConnections);
  CHECK(counts[series("sent_bytes", "hx-tcp-client")] == kConnections * kRequest);
  CHECK(counts[series("received_bytes", "hx-tcp-client")] == kConnections * kAnswer);
  CHECK(counts[series("sent_bytes", "hx-tcp-server")] == kConnections * kAnswer);
  CHECK(counts[series("received_bytes", "hx-tcp-server")] == kConnections * kRequest);
}

TEST_CASE("tcp_group: what is sent again counts for who uses the socket") {
  constexpr int kWaiting = 20;
  Listener full(0);  // has room for one; the others ask again after a second
  const Worker client("hx-tcp-again", [&] {
    std::vector<Fd> clients;
    for (int i = 0; i < kWaiting; ++i) clients.push_back(full.connect(SOCK_NONBLOCK));
    sleep_ms(1'500);
  });
  CountedGroups all("tcp");
  if (is_too_old(all.sources, "tcp_groups")) return;
  client.start();
  client.wait();
  auto counts = scrape(*all.groups);
  CHECK(counts[series("connects", "hx-tcp-again")] == kWaiting);
  CHECK(counts[series("retransmits", "hx-tcp-again")] >= kWaiting - 2);
  CHECK(counts[series("retransmits", "hx-tcp-again")] <= 2 * kWaiting);
}

}  // namespace hx::test
