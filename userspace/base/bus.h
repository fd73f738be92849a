// SPDX-License-Identifier: Apache-2.0
// Calls to a service over D-Bus, see sd-bus(3): many under way at once, all within one time limit.
#pragma once

#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/host_fs.h"
#include "base/result.h"
#include "base/syscalls.h"

namespace hx {

// What a call was answered, read from front to back. For as long as the handler runs.
class BusReply {
 public:
  explicit BusReply(sd_bus_message* message) noexcept : message_(message) {}

  // The error that was answered, by its D-Bus name; a service that is not there is_absent().
  Status status() const;

  // Types and places as in sd_bus_message_read(3); strings lie in the message. False where the
  // answer, or the array, has ended, has other types, or is an error.
  template <class... Places>
  bool read(const char* types, Places*... places) {
    return !is_error() && sd_bus_message_read(message_, types, places...) > 0;
  }
  // Into an array ('a'), a pair ('e') or a variant ('v') of these contents, and out of it.
  bool enter(char type, const char* contents) {
    return !is_error() && sd_bus_message_enter_container(message_, type, contents) > 0;
  }
  bool leave() { return sd_bus_message_exit_container(message_) >= 0; }

  // The next value, which is a variant of such a type (numbers: 'u' and 't'). One of another type
  // is passed over.
  std::optional<std::string> read_text();
  std::optional<std::uint64_t> read_number();
  std::optional<bool> read_flag();
  bool skip_value() { return sd_bus_message_skip(message_, "v") > 0; }

 private:
  bool is_error() const noexcept { return sd_bus_message_is_method_error(message_, nullptr) != 0; }
  // What the variant holds, if that is one value of a basic type.
  char value_type() const;
  template <class Place>
  bool read_value(char type, Place& place);

  sd_bus_message* message_;
};

// One connection, kept from session to session and made again once it has failed. For one thread
// at a time.
class Bus {
 public:
  using Handler = std::function<void(BusReply& reply)>;

  struct Peer {
    std::string socket;        // below the host's root
    std::string service;       // its name on the bus
    bool is_direct = false;    // the service's own socket, without a message bus between
    std::string address = {};  // of D-Bus's form; where given, the socket is not looked at
  };
  // A service on the system's message bus: the host's, or the one that the environment names for
  // all programs (DBUS_SYSTEM_BUS_ADDRESS), as node_exporter has it.
  static Peer on_system_bus(std::string service);

  Bus(const HostFs& fs, Syscalls sys, Peer peer) : fs_(fs), sys_(sys), peer_(std::move(peer)) {}

  // Begins a session: everything up to the last finish() takes at most `limit`.
  Status begin(std::chrono::milliseconds limit);
  // Calls a method without arguments. The handler runs in a later call of these functions, never
  // if the session fails, and must not call any of them.
  void call(const char* path, const char* interface, const char* method, Handler handler);
  // The same for org.freedesktop.DBus.Properties: all of an interface as a{sv}, and one, which
  // stays empty if it is not there or of another type. `value` must live until finish().
  void get_all(const char* path, const char* interface, Handler handler);
  void get(const char* path, const char* interface, const char* property,
           std::optional<std::string>& value);
  void get(const char* path, const char* interface, const char* property,
           std::optional<std::uint64_t>& value);
  // Waits until every call is answered. An answer that is an error fails its call only.
  Status finish();

 private:
  struct Closer {
    void operator()(sd_bus* bus) const noexcept;
  };
  struct Pending {
    std::uint64_t cookie;
    Handler handler;
  };
  using Clock = std::chrono::steady_clock;

  void connect();
  // Arguments are strings.
  void send(const char* path, const char* interface, const char* method,
            std::initializer_list<const char*> arguments, Handler handler);
  // Sends what is queued and handles what comes until done(), or until the session fails.
  template <class Done>
  void work(Done done);
  // A bit of that: 0 when there is nothing to do, a negative errno when the connection has failed.
  int work_on();
  void handle(sd_bus_message* message);
  // Ends the session, and the connection with it: late answers are not for the next one.
  void fail(int code, const char* action);

  const HostFs& fs_;
  const Syscalls sys_;
  const Peer peer_;
  std::unique_ptr<sd_bus, Closer> bus_;
  std::vector<Pending> pending_;  // in the order of the calls
  Clock::time_point deadline_;
  Status status_;  // of this session
};

}  // namespace hx
