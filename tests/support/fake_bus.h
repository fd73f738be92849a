// SPDX-License-Identifier: Apache-2.0
// Services on a message bus, or on a socket of their own, as a script: calls and their answers.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "base/fd.h"

namespace hx::test {

// Listens on a socket and answers, from a thread of its own, one connection after the other.
// Methods and properties are named "path interface.member"; what there is may be changed at any
// time. What is not there is answered with the errors that systemd has for it.
class FakeBus {
 public:
  // Appends what is answered; a negative errno answers with an error.
  using Answer = std::function<int(sd_bus_message* reply)>;
  using Value = std::variant<std::string, std::uint64_t, std::uint32_t, bool, double>;
  enum class Fault {
    kNone,
    kRefuse,   // an error: access denied
    kUnknown,  // an error: no such service
    kHang,     // no answer
    kHangUp,   // the connection ends
    kGarbage,  // bytes that are no message
  };

  explicit FakeBus(const std::filesystem::path& socket);
  ~FakeBus();
  FakeBus(const FakeBus&) = delete;
  FakeBus& operator=(const FakeBus&) = delete;

  void answer(const std::string& method, Answer answer);
  void set(const std::string& property, Value value);
  void remove(const std::string& property);
  // What befalls a call of a method, or a Get of a property.
  void fail(const std::string& name, Fault fault);
  // Ends the connection there is.
  void hang_up();

  int calls(const std::string& name) const;
  int connections() const;

 private:
  void serve();
  void serve_connection(Fd socket);
  // False when the connection shall end.
  bool handle(sd_bus_message* call, int socket);
  int reply_to(sd_bus_message* call, const std::string& name, const std::string& property);
  int append_all(sd_bus_message* reply, const std::string& prefix) const;

  const Fd listener_;
  mutable std::mutex mutex_;  // of all below but the thread
  std::map<std::string, Answer> answers_;
  std::map<std::string, Value> properties_;
  std::map<std::string, Fault> faults_;
  std::map<std::string, int> calls_;
  int connections_ = 0;
  int connection_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

// Answers of systemd and of logind.
struct FakeUnit {
  std::string name, load = "loaded", state = "active";
  // Where its properties are.
  std::string path() const;
};
FakeBus::Answer list_units(std::vector<FakeUnit> units);

struct FakeSession {
  std::string id, seat;
};
FakeBus::Answer list_sessions(std::vector<FakeSession> sessions);
FakeBus::Answer list_seats(std::vector<std::string> seats);
std::string session_path(const std::string& id);

}  // namespace hx::test
