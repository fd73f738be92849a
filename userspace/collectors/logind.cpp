// SPDX-License-Identifier: Apache-2.0
// Sessions of users that logind knows, over D-Bus: see org.freedesktop.login1(5).
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "base/bus.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr const char* kManagerPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr const char* kSession = "org.freedesktop.login1.Session";

// Whatever else there is counts as the first. Each combination of them has a series.
constexpr std::array<std::string_view, 7> kTypes{"other",   "unspecified", "tty", "x11",
                                                 "wayland", "mir",         "web"};
constexpr std::array<std::string_view, 5> kClasses{"other", "user", "greeter", "lock-screen",
                                                   "background"};

std::string_view known(std::string_view value, std::span<const std::string_view> values) {
  const auto found = std::find(values.begin(), values.end(), value);
  return found == values.end() ? values.front() : *found;
}

struct Session {
  std::string seat, path;
  std::optional<bool> remote;
  std::optional<std::string> type, session_class;
};

class Logind final : public Collector {
 public:
  explicit Logind(const Context& context)
      : limit_(context.timeout * 4 / 5),
        bus_(context.fs, context.sys, Bus::on_system_bus("org.freedesktop.login1")) {}

  Status collect(MetricSink& out) override {
    // Sessions from afar have no seat.
    std::set<std::string> seats{""};
    std::vector<Session> sessions;
    if (auto ok = read(seats, sessions); !ok) return ok;

    std::map<std::tuple<std::string_view, bool, std::string_view, std::string_view>, int> counts;
    for (const auto& session : sessions) {
      if (!session.remote || !session.type || !session.session_class) continue;  // has ended
      ++counts[{session.seat, *session.remote, known(*session.type, kTypes),
                known(*session.session_class, kClasses)}];
    }
    auto family = out.gauge("node_logind_sessions", "Number of sessions registered in logind.");
    for (const bool remote : {true, false}) {
      for (const auto type : kTypes) {
        for (const auto session_class : kClasses) {
          for (const auto& seat : seats) {
            family.add({{"class", session_class},
                        {"remote", remote ? "true" : "false"},
                        {"seat", seat},
                        {"type", type}},
                       counts[{seat, remote, type, session_class}]);
          }
        }
      }
    }
    return {};
  }

 private:
  Status read(std::set<std::string>& seats, std::vector<Session>& sessions) {
    if (auto ok = bus_.begin(limit_); !ok) return ok;
    Status listed;
    bus_.call(kManagerPath, kManager, "ListSeats", [&](BusReply& reply) {
      if (listed) listed = read_seats(reply, seats);
    });
    bus_.call(kManagerPath, kManager, "ListSessions", [&](BusReply& reply) {
      if (listed) listed = read_sessions(reply, sessions);
    });
    if (auto ok = bus_.finish(); !ok) return ok;
    if (!listed) return listed;
    for (auto& session : sessions) {
      bus_.get_all(session.path.c_str(), kSession,
                   [&session](BusReply& reply) { read_properties(reply, session); });
    }
    return bus_.finish();
  }

  static Status read_seats(BusReply& reply, std::set<std::string>& seats) {
    if (auto ok = reply.status(); !ok) return ok;
    if (!reply.enter('a', "(so)")) return Error{EBADMSG, "ListSeats"};
    const char *seat, *path;
    while (reply.read("(so)", &seat, &path)) seats.insert(seat);
    return {};
  }

  static Status read_sessions(BusReply& reply, std::vector<Session>& sessions) {
    if (auto ok = reply.status(); !ok) return ok;
    if (!reply.enter('a', "(susso)")) return Error{EBADMSG, "ListSessions"};
    const char *id, *user, *seat, *path;
    std::uint32_t uid;
    while (reply.read("(susso)", &id, &uid, &user, &seat, &path)) {
      sessions.push_back(
          {.seat = seat, .path = path, .remote = {}, .type = {}, .session_class = {}});
    }
    return {};
  }

  static void read_properties(BusReply& reply, Session& session) {
    if (!reply.enter('a', "{sv}")) return;
    while (reply.enter('e', "sv")) {
      const char* name;
      if (!reply.read("s", &name)) return;
      const std::string_view property = name;
      if (property == "Remote") {
        session.remote = reply.read_flag();
      } else if (property == "Type") {
        session.type = reply.read_text();
      } else if (property == "Class") {
        session.session_class = reply.read_text();
      } else if (!reply.skip_value()) {
        return;
      }
      if (!reply.leave()) return;
    }
  }

  const std::chrono::milliseconds limit_;
  Bus bus_;
};

}  // namespace

Result<CollectorPtr> make_logind(const Context& context) {
  return std::make_unique<Logind>(context);
}

}  // namespace hx
