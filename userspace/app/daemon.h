// SPDX-License-Identifier: Apache-2.0
// The daemon: options -> targets -> serve until told to stop.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/target.h"
#include "base/result.h"
#include "metrics/http.h"

namespace hx {

class Daemon {
 public:
  // Takes the addresses, then loads what feeds the targets, then gives up all rights that serving
  // does not need, then serves. What the host or the
  // kernel refuses costs its own metrics only; an error is bad input. Blocks the signals that end
  // the daemon, in every thread it starts.
  static Result<std::unique_ptr<Daemon>> start(const Options& options);
  // One scrape of everything, without listening.
  static Result<std::string> scrape_once(const Options& options);

  // Returns when SIGTERM or SIGINT has come; SIGHUP reloads the name groups' configuration.
  void wait();

 private:
  explicit Daemon(const Options& options) : options_(options), level_(options.permissions.level) {}
  Status give_up_rights();
  void follow_host();
  Status reload();
  Status serve(Target& target, std::vector<ListenSocket> sockets, const Options& options);

  const Options options_;
  bool maps_need_bpf_ = false;
  std::mutex reloading_;
  int level_;  // of --permissions.paranoid, in force now
  Targets targets_;
  std::vector<std::unique_ptr<HttpServer>> servers_;  // end before what they serve
};

}  // namespace hx
