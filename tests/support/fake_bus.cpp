// SPDX-License-Identifier: Apache-2.0
#include "support/fake_bus.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace hx::test {
namespace {

struct EndMessage {
  void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, EndMessage>;

struct EndBus {
  void operator()(sd_bus* bus) const noexcept {
    sd_bus_close(bus);
    sd_bus_unref(bus);
  }
};

Fd listen_at(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) throw std::length_error(path.native());
  std::strcpy(address.sun_path, path.c_str());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 16) != 0) {
    throw std::runtime_error("listen at " + path.native());
  }
  return fd;
}

int append(sd_bus_message* reply, const FakeBus::Value& value) {
  struct {
    sd_bus_message* reply;
    int operator()(const std::string& text) const {
      return sd_bus_message_append(reply, "v", "s", text.c_str());
    }
    int operator()(std::uint64_t number) const {
      return sd_bus_message_append(reply, "v", "t", number);
    }
    int operator()(std::uint32_t number) const {
      return sd_bus_message_append(reply, "v", "u", number);
    }
    int operator()(bool flag) const { return sd_bus_message_append(reply, "v", "b", int{flag}); }
    int operator()(double number) const { return sd_bus_message_append(reply, "v", "d", number); }
  } const append_it{reply};
  return std::visit(append_it, value);
}

// An array of structures of such a type: what the lists of systemd and logind are.
template <class Item, class AppendItem>
FakeBus::Answer list_of(const char* type, std::vector<Item> items, AppendItem append_item) {
  return [=](sd_bus_message* reply) {
    int r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, type);
    for (const auto& item : items) {
      if (r >= 0) r = append_item(reply, item);
    }
    return r < 0 ? r : sd_bus_message_close_container(reply);
  };
}

}  // namespace

FakeBus::FakeBus(const std::filesystem::path& socket)
    : listener_(listen_at(socket)), thread_([this] { serve(); }) {}

FakeBus::~FakeBus() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_.get(), SHUT_RDWR);
  hang_up();
  thread_.join();
}

void FakeBus::answer(const std::string& method, Answer answer) {
  const std::lock_guard lock(mutex_);
  answers_[method] = std::move(answer);
}

void FakeBus::set(const std::string& property, Value value) {
  const std::lock_guard lock(mutex_);
  properties_[property] = std::move(value);
}

void FakeBus::remove(const std::string& property) {
  const std::lock_guard lock(mutex_);
  properties_.erase(property);
}

void FakeBus::fail(const std::string& name, Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_[name] = fault;
}

void FakeBus::hang_up() {
  const std::lock_guard lock(mutex_);
  if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
}

int FakeBus::calls(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(name);
  return found == calls_.end() ? 0 : found->second;
}

int FakeBus::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void FakeBus::serve() {
  for (;;) {
    // A call of accept that waits has a descriptor already, which others would count.
    pollfd waiting{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, -1);
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    {
      const std::lock_guard lock(mutex_);
      if (stopping_ || !socket) return;
      ++connections_;
      connection_ = socket.get();
    }
    serve_connection(std::move(socket));
  }
}

void FakeBus::serve_connection(Fd socket) {
  const int fd = socket.get();
  sd_bus* made = nullptr;
  if (sd_bus_new(&made) < 0) return;
  std::unique_ptr<sd_bus, EndBus> bus(made);
  sd_id128_t id{};
  sd_id128_randomize(&id);
  if (sd_bus_set_fd(made, fd, fd) < 0) return;
  socket.release();
  bool is_open = sd_bus_set_server(made, 1, id) >= 0 && sd_bus_start(made) >= 0;
  while (is_open) {
    sd_bus_message* received = nullptr;
    const int r = sd_bus_process(made, &received);
    const Message message(received);
    is_open = r > 0 || (r == 0 && sd_bus_wait(made, UINT64_MAX) >= 0);
    if (message && sd_bus_message_is_method_call(received, nullptr, nullptr) > 0) {
      is_open = handle(received, fd);
    }
  }
  const std::lock_guard lock(mutex_);
  connection_ = -1;  // before its number is another file's
  bus.reset();
}

bool FakeBus::handle(sd_bus_message* call, int socket) {
  const std::string path = sd_bus_message_get_path(call);
  const std::string member = sd_bus_message_get_member(call);
  const bool is_property =
      sd_bus_message_is_method_call(call, "org.freedesktop.DBus.Properties", nullptr) > 0;
  std::string name = path + ' ' + sd_bus_message_get_interface(call) + '.' + member;
  std::string property;
  if (is_property) {
    const char *interface = nullptr, *asked = nullptr;
    sd_bus_message_read(call, "s", &interface);
    if (member == "Get") sd_bus_message_read(call, "s", &asked);
    property = path + ' ' + interface + '.' + (asked == nullptr ? "" : asked);
    name = property;
  }

  const std::lock_guard lock(mutex_);
  ++calls_[name];
  const auto fault = faults_.find(name);
  switch (fault == faults_.end() ? Fault::kNone : fault->second) {
    case Fault::kNone: return reply_to(call, name, property) >= 0;
    case Fault::kRefuse:
      return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "No") >= 0;
    case Fault::kUnknown:
      return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_SERVICE_UNKNOWN, "Who?") >= 0;
    case Fault::kHang: return true;
    case Fault::kHangUp: return false;
    case Fault::kGarbage: return ::send(socket, "no message at all", 17, MSG_NOSIGNAL) == 17;
  }
  return false;
}

// An empty member of `property` stands for all of the interface.
int FakeBus::reply_to(sd_bus_message* call, const std::string& name, const std::string& property) {
  sd_bus_message* made = nullptr;
  if (const int r = sd_bus_message_new_method_return(call, &made); r < 0) return r;
  const Message reply(made);
  int r = -ENOENT;
  if (name == "/org/freedesktop/DBus org.freedesktop.DBus.Hello") {
    r = sd_bus_message_append(made, "s", ":1.1");
  } else if (property.ends_with('.')) {
    r = append_all(made, property);
  } else if (!property.empty()) {
    const auto value = properties_.find(property);
    if (value != properties_.end()) r = append(made, value->second);
  } else if (const auto answer = answers_.find(name); answer != answers_.end()) {
    r = answer->second(made);
  }
  if (r >= 0) return sd_bus_send(nullptr, made, nullptr);
  const auto* error =
      property.empty() ? SD_BUS_ERROR_UNKNOWN_METHOD : SD_BUS_ERROR_UNKNOWN_PROPERTY;
  return sd_bus_reply_method_errorf(call, error, "No %s", name.c_str());
}

int FakeBus::append_all(sd_bus_message* reply, const std::string& prefix) const {
  int r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "{sv}");
  for (const auto& [name, value] : properties_) {
    if (!name.starts_with(prefix) || r < 0) continue;
    r = sd_bus_message_open_container(reply, SD_BUS_TYPE_DICT_ENTRY, "sv");
    if (r >= 0) r = sd_bus_message_append(reply, "s", name.c_str() + prefix.size());
    if (r >= 0) r = append(reply, value);
    if (r >= 0) r = sd_bus_message_close_container(reply);
  }
  return r < 0 ? r : sd_bus_message_close_container(reply);
}

std::string FakeUnit::path() const {
  std::string path = "/org/freedesktop/systemd1/unit/";
  if (name.empty()) return path + '_';
  for (const char c : name) path += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return path;
}

FakeBus::Answer list_units(std::vector<FakeUnit> units) {
  return list_of("(ssssssouso)", std::move(units), [](sd_bus_message* reply, const FakeUnit& unit) {
    return sd_bus_message_append(reply, "(ssssssouso)", unit.name.c_str(), "A unit",
                                 unit.load.c_str(), unit.state.c_str(), "running", "",
                                 unit.path().c_str(), std::uint32_t{0}, "", "/");
  });
}

FakeBus::Answer list_sessions(std::vector<FakeSession> sessions) {
  return list_of("(susso)", std::move(sessions),
                 [](sd_bus_message* reply, const FakeSession& session) {
                   return sd_bus_message_append(reply, "(susso)", session.id.c_str(),
                                                std::uint32_t{1000}, "user", session.seat.c_str(),
                                                session_path(session.id).c_str());
                 });
}

FakeBus::Answer list_seats(std::vector<std::string> seats) {
  return list_of("(so)", std::move(seats), [](sd_bus_message* reply, const std::string& seat) {
    return sd_bus_message_append(reply, "(so)", seat.c_str(), "/org/freedesktop/login1/seat/x");
  });
}

std::string session_path(const std::string& id) { return "/org/freedesktop/login1/session/" + id; }

}  // namespace hx::test
