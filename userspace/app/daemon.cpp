// SPDX-License-Identifier: Apache-2.0
#include "app/daemon.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>

#include "app/memory.h"
#include "app/notify.h"
#include "app/privileges.h"
#include "app/seccomp.h"
#include "base/log.h"
#include "metrics/self.h"

namespace hx {
namespace {

sigset_t signals_waited_for() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// Collectors keep their files open, several for each device of a large host.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<std::vector<ListenSocket>> listen_on_all(const std::vector<std::string>& addresses) {
  std::vector<ListenSocket> sockets;
  for (const auto& address : addresses) {
    auto socket = listen_on(address);
    if (!socket) return socket.error();
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

// To be clicked on: the address that stands for all of them is nobody's destination.
std::string url(const ListenSocket& socket, const std::string& path) {
  const bool everywhere =
      socket.address.starts_with("[::]:") || socket.address.starts_with("0.0.0.0:");
  return "http://" + (everywhere ? "localhost:" + std::to_string(socket.port) : socket.address) +
         path + (everywhere ? " (on every address)" : "");
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(const Options& options) {
  const auto signals = signals_waited_for();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // One heap for our few threads, which hardly ever allocate at once: each further one would
  // reserve 64 MiB of addresses.
  ::mallopt(M_ARENA_MAX, 1);
  raise_descriptor_limit();

  std::vector<std::vector<ListenSocket>> sockets;
  for (const auto& plan : plan_targets(options)) {
    auto of_target = listen_on_all(plan.addresses);
    if (!of_target) return of_target.error();
    sockets.push_back(std::move(*of_target));
  }

  std::unique_ptr<Daemon> daemon(new Daemon(options));
  auto targets = make_targets(options);
  if (!targets) return targets.error();
  daemon->targets_ = std::move(*targets);

  if (auto ok = daemon->give_up_rights(); !ok) return ok.error();
  log_info(version_line());
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    auto ok = daemon->serve(*daemon->targets_[i], std::move(sockets[i]), options);
    if (!ok) return ok.error();
  }
  release_start_memory();
  notify_manager("READY=1");
  return daemon;
}

Status Daemon::serve(Target& target, std::vector<ListenSocket> sockets, const Options& options) {
  for (auto& socket : sockets) {
    HttpPages pages{.telemetry_path = options.telemetry_path,
                    .title = "host_exporter",
                    .description = target.title() + ", " + version_line() + "."};
    if (target.groups() != nullptr) pages.reload = [this] { return reload(); };
    if (auto* events = target.events(); events != nullptr) {
      pages.events = [events](std::uint64_t after) { return events->since(after); };
    }
    auto server = HttpServer::start(std::move(socket), std::move(pages), target.queue());
    if (!server) return server.error();
    log_info(target.title() + " on " + url((*server)->socket(), options.telemetry_path));
    servers_.push_back(std::move(*server));
  }
  return {};
}

Result<std::string> Daemon::scrape_once(const Options& options) {
  Options everything = options;
  everything.single_target = true;
  const auto targets = make_targets(everything);
  if (!targets) return targets.error();
  auto& registry = targets->front()->registry();
  if (options.once_delay.count() != 0) {
    registry.scrape();
    std::this_thread::sleep_for(options.once_delay);
  }
  return registry.scrape();
}

Status Daemon::give_up_rights() {
  maps_need_bpf_ = allows_programs(level_) && maps_need_capability();
  if (auto ok = keep_only(needed_to_serve(level_, options_, maps_need_bpf_)); !ok) return ok;
  return options_.seccomp ? confine() : Status();
}

// What has been given up cannot be had back: a level that falls waits for the next start.
void Daemon::follow_host() {
  if (!options_.permissions.follows_host) return;
  const auto level = read_host_level(HostFs(options_.roots));
  if (!level) {
    log_warning("reload: " + level.error().message());
  } else if (*level < level_) {
    log_info("kernel.perf_event_paranoid is " + std::to_string(*level) + " now: restart for more");
  } else if (*level > level_) {
    level_ = *level;
    for (const auto& target : targets_) target->restrict_to(level_);
    const auto ok = keep_only(needed_to_serve(level_, options_, maps_need_bpf_));
    if (!ok) log_error(ok.error().message());
    log_info("kernel.perf_event_paranoid is " + std::to_string(level_) +
             " now: what it forbids is " + "left out");
  }
}

Status Daemon::reload() {
  const std::lock_guard lock(reloading_);
  follow_host();
  for (const auto& target : targets_) {
    if (target->groups() == nullptr) continue;
    if (auto ok = target->groups()->reload(); !ok) {
      log_error("reload: " + ok.error().message() + " (the configuration before stays in force)");
      return ok;
    }
    log_info("reloaded the name groups' configuration");
  }
  return {};
}

void Daemon::wait() {
  const auto signals = signals_waited_for();
  for (;;) {
    int signal = 0;
    if (::sigwait(&signals, &signal) != 0) continue;
    if (signal == SIGHUP) {
      (void)reload();  // it logs
      continue;
    }
    notify_manager("STOPPING=1");
    log_info("stopping");
    return;
  }
}

}  // namespace hx
