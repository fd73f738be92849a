// SPDX-License-Identifier: Apache-2.0
#include "app/activation.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace hx {
namespace {

using Sockets = std::vector<std::vector<ListenSocket>>;

struct Received {
  std::string name;
  Fd fd;
};

Error bad(const std::string& what) { return {0, "--web.systemd-socket: " + what}; }

Result<std::vector<Received>> receive() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  if (count < 0) return Error{-count, "--web.systemd-socket: LISTEN_FDS of the environment"};
  std::vector<Received> received;
  for (int i = 0; i < count; ++i) {
    received.push_back({names[i], Fd(SD_LISTEN_FDS_START + i)});
    std::free(names[i]);
  }
  std::free(names);
  return received;
}

bool is_named(const Received& socket) { return socket.name == "node" || socket.name == "process"; }

// The place of the plan that a socket is for.
std::optional<std::size_t> plan_of(const Received& socket, std::size_t index, bool by_name,
                                   const std::vector<TargetPlan>& plans) {
  if (plans.size() == 1) return 0;
  if (!by_name) return index < plans.size() ? std::optional(index) : std::nullopt;
  if (!is_named(socket)) return std::nullopt;
  const bool is_node = socket.name == "node";
  const auto plan = std::find_if(plans.begin(), plans.end(), [&](const TargetPlan& candidate) {
    return is_node ? candidate.has_node : candidate.has_groups;
  });
  return static_cast<std::size_t>(plan - plans.begin());
}

}  // namespace

Result<Sockets> activated_sockets(const std::vector<TargetPlan>& plans) {
  auto received = receive();
  if (!received) return received.error();
  if (received->empty()) return bad("no socket has come from systemd (LISTEN_FDS)");
  const bool by_name = std::any_of(received->begin(), received->end(), is_named);
  Sockets sockets(plans.size());
  for (std::size_t i = 0; i < received->size(); ++i) {
    auto& from = (*received)[i];
    const auto name = "socket " + std::to_string(i + 1) + " (" + from.name + ")";
    const auto plan = plan_of(from, i, by_name, plans);
    if (!plan) {
      return bad(name + " belongs to no target: want FileDescriptorName=node or process");
    }
    auto socket = adopt_socket(std::move(from.fd), name);
    if (!socket) return bad(socket.error().message());
    sockets[*plan].push_back(std::move(*socket));
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (sockets[i].empty()) {
      return bad("there is no socket for: " + plans[i].title +
                 " (FileDescriptorName=" + (plans[i].has_node ? "node" : "process") + ")");
    }
  }
  return sockets;
}

}  // namespace hx
