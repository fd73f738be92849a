// SPDX-License-Identifier: Apache-2.0
#include "base/bus.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace hx {
namespace {

// A message bus refuses calls beyond this number: 128 of a connection by dbus-daemon's default.
constexpr std::size_t kMostAtOnce = 32;

constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

struct Unref {
  void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, Unref>;

Result<Fd> connect_to(const HostFs& fs, const Syscalls& sys, const std::string& path) {
  const auto node = fs.open_reference(path);
  if (!node) return node.error();
  Fd socket(sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error{errno, "socket"};
  // An address has no room for a path of any length.
  const auto name = name_of(*node);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.c_str(), std::min(name.size(), sizeof address.sun_path - 1));
  if (sys.connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Error{errno, "connect to " + path};
  }
  return socket;
}

}  // namespace

Status BusReply::status() const {
  if (!is_error()) return {};
  const std::string_view name = sd_bus_message_get_error(message_)->name;
  for (const auto* absent : {SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER}) {
    if (name == absent) return Error{ENODEV, "D-Bus service"};
  }
  return Error{0, std::string(name)};
}

char BusReply::value_type() const {
  char type = 0;
  const char* contents = nullptr;
  if (is_error() || sd_bus_message_peek_type(message_, &type, &contents) <= 0) return 0;
  return type == SD_BUS_TYPE_VARIANT && contents[1] == 0 ? contents[0] : 0;
}

template <class Place>
bool BusReply::read_value(char type, Place& place) {
  const char contents[] = {type, 0};
  return sd_bus_message_read(message_, "v", contents, &place) > 0;
}

std::optional<std::string> BusReply::read_text() {
  const char* text = nullptr;
  if (value_type() == 's' && read_value('s', text)) return text;
  skip_value();
  return std::nullopt;
}

std::optional<std::uint64_t> BusReply::read_number() {
  const char type = value_type();
  std::uint64_t number = 0;
  if (type == 't' && read_value(type, number)) return number;
  std::uint32_t narrow = 0;
  if (type == 'u' && read_value(type, narrow)) return narrow;
  skip_value();
  return std::nullopt;
}

std::optional<bool> BusReply::read_flag() {
  int flag = 0;
  if (value_type() == 'b' && read_value('b', flag)) return flag != 0;
  skip_value();
  return std::nullopt;
}

// Nothing is left to be sent that somebody waits for.
void Bus::Closer::operator()(sd_bus* bus) const noexcept {
  sd_bus_close(bus);
  sd_bus_unref(bus);
}

Status Bus::begin(std::chrono::milliseconds limit) {
  deadline_ = Clock::now() + limit;
  pending_.clear();
  status_ = {};
  // What has come since the last session is for nobody. That the peer has gone is seen here, too.
  int work_left = bus_ ? 1 : -ENOTCONN;
  while (work_left > 0 && Clock::now() < deadline_) work_left = work_on();
  if (work_left < 0) connect();
  return status_;
}

Bus::Peer Bus::on_system_bus(std::string service) {
  const char* address = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
  return {.socket = "run/dbus/system_bus_socket",
          .service = std::move(service),
          .is_direct = false,
          .address = address != nullptr ? address : ""};
}

void Bus::connect() {
  bus_.reset();
  sd_bus* bus = nullptr;
  if (const int r = sd_bus_new(&bus); r < 0) return fail(-r, "connect to");
  bus_.reset(bus);
  if (peer_.address.empty()) {
    auto socket = connect_to(fs_, sys_, peer_.socket);
    if (!socket) {
      bus_.reset();
      status_ = socket.error();
      return;
    }
    const int r = sd_bus_set_fd(bus, socket->get(), socket->get());
    if (r < 0) return fail(-r, "connect to");
    socket->release();
  } else if (const int r = sd_bus_set_address(bus, peer_.address.c_str()); r < 0) {
    return fail(-r, "connect to");
  }
  int r = sd_bus_set_bus_client(bus, peer_.is_direct ? 0 : 1);
  if (r >= 0) r = sd_bus_start(bus);
  if (r < 0) return fail(-r, "connect to");
  work([bus] { return sd_bus_is_ready(bus) > 0; });
}

void Bus::call(const char* path, const char* interface, const char* method, Handler handler) {
  send(path, interface, method, {}, std::move(handler));
}

void Bus::get_all(const char* path, const char* interface, Handler handler) {
  send(path, kProperties, "GetAll", {interface}, std::move(handler));
}

void Bus::get(const char* path, const char* interface, const char* property,
              std::optional<std::string>& value) {
  send(path, kProperties, "Get", {interface, property},
       [&value](BusReply& reply) { value = reply.read_text(); });
}

void Bus::get(const char* path, const char* interface, const char* property,
              std::optional<std::uint64_t>& value) {
  send(path, kProperties, "Get", {interface, property},
       [&value](BusReply& reply) { value = reply.read_number(); });
}

Status Bus::finish() {
  work([this] { return pending_.empty(); });
  return status_;
}

void Bus::send(const char* path, const char* interface, const char* method,
               std::initializer_list<const char*> arguments, Handler handler) {
  work([this] { return pending_.size() < kMostAtOnce; });
  if (!status_) return;
  sd_bus_message* made = nullptr;
  int r = sd_bus_message_new_method_call(bus_.get(), &made, peer_.service.c_str(), path, interface,
                                         method);
  const Message message(made);
  for (const auto* argument : arguments) {
    if (r >= 0) r = sd_bus_message_append_basic(made, SD_BUS_TYPE_STRING, argument);
  }
  std::uint64_t cookie = 0;
  if (r >= 0) r = sd_bus_send(bus_.get(), made, &cookie);
  if (r < 0) return fail(-r, "call over");
  pending_.push_back({cookie, std::move(handler)});
}

template <class Done>
void Bus::work(Done done) {
  while (status_ && !done()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - Clock::now());
    if (left.count() <= 0) return fail(ETIMEDOUT, "wait for");
    int r = work_on();
    if (r == 0) r = sd_bus_wait(bus_.get(), static_cast<std::uint64_t>(left.count()));
    if (r < 0 && r != -EINTR) return fail(-r, "wait for");
  }
}

int Bus::work_on() {
  sd_bus_message* received = nullptr;
  const int r = sd_bus_process(bus_.get(), &received);
  const Message message(received);
  if (message) handle(received);
  return r;
}

void Bus::handle(sd_bus_message* message) {
  std::uint64_t cookie = 0;
  if (sd_bus_message_get_reply_cookie(message, &cookie) < 0) return;  // no answer
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& call) { return call.cookie == cookie; });
  if (found == pending_.end()) return;
  const auto handler = std::move(found->handler);
  pending_.erase(found);
  BusReply reply(message);
  handler(reply);
}

void Bus::fail(int code, const char* action) {
  bus_.reset();
  pending_.clear();
  const auto& place = peer_.address.empty() ? peer_.socket : peer_.address;
  status_ = Error{code, action + (" " + place)};
}

}  // namespace hx
