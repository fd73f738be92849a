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
#include "metrics/web_access.h"

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

  // Returns when SIGTERM or SIGINT has come; SIGHUP reloads the configurations of the name groups
  // and of the web. Meanwhile it looks after clients that are late, and the manager's watchdog.
  void wait();

 private:
  explicit Daemon(const Options& options) : options_(options), level_(options.permissions.level) {}
  Status give_up_rights();
  void follow_host();
  Status reload();
  Status reload_all();
  Status serve(Target& target, std::vector<ListenSocket> sockets);
  bool is_alive(HttpServer::Time now) const;

  const Options options_;
  std::mutex reloading_;            // SIGHUP and the servers' threads
  std::unique_ptr<WebAccess> web_;  // null: plain HTTP for everybody
  bool maps_need_bpf_ = false;
  int level_;  // of --permissions.paranoid, in force now
  Targets targets_;
  std::vector<std::unique_ptr<HttpServer>> servers_;  // end before what they serve
};

}  // namespace hx
