// SPDX-License-Identifier: Apache-2.0
#include "app/daemon.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "app/activation.h"
#include "app/memory.h"
#include "app/notify.h"
#include "app/privileges.h"
#include "app/seccomp.h"
#include "base/log.h"
#include "metrics/self.h"

namespace hx {
namespace {

// How often clients that are late are looked for.
constexpr std::chrono::seconds kLook{2};
// Without collectors that hang. Longer than any scrape of a host that is merely overloaded.
constexpr std::chrono::seconds kLongScrape{120};

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

using Sockets = std::vector<std::vector<ListenSocket>>;

Result<std::vector<ListenSocket>> listen_on_all(const std::vector<std::string>& addresses) {
  std::vector<ListenSocket> sockets;
  for (const auto& address : addresses) {
    auto socket = listen_on(address);
    if (!socket) return socket.error();
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

Result<Sockets> sockets_of(const std::vector<TargetPlan>& plans, const Options& options) {
  if (options.systemd_socket) return activated_sockets(plans);
  Sockets sockets;
  for (const auto& plan : plans) {
    auto of_target = listen_on_all(plan.addresses);
    if (!of_target) return of_target.error();
    sockets.push_back(std::move(*of_target));
  }
  return sockets;
}

// To be clicked on: the address that stands for all of them is nobody's destination.
std::string url(const ListenSocket& socket, const std::string& path, bool with_tls) {
  const bool everywhere =
      socket.address.starts_with("[::]:") || socket.address.starts_with("0.0.0.0:");
  return (with_tls ? "https://" : "http://") +
         (everywhere ? "localhost:" + std::to_string(socket.port) : socket.address) + path +
         (everywhere ? " (on every address)" : "");
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(const Options& options) {
  const auto signals = signals_waited_for();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // One heap for our few threads, which hardly ever allocate at once: each further one would
  // reserve 64 MiB of addresses.
  ::mallopt(M_ARENA_MAX, 1);
  raise_descriptor_limit();

  std::unique_ptr<Daemon> daemon(new Daemon(options));
  if (!options.web_config_file.empty()) {
    auto web = WebAccess::open(options.web_config_file);
    if (!web) return web.error();
    daemon->web_ = std::move(*web);
  }
  auto sockets = sockets_of(plan_targets(options), options);
  if (!sockets) return sockets.error();

  auto targets = make_targets(options);
  if (!targets) return targets.error();
  daemon->targets_ = std::move(*targets);

  if (auto ok = daemon->give_up_rights(); !ok) return ok.error();
  log_info(version_line());
  for (std::size_t i = 0; i < sockets->size(); ++i) {
    auto ok = daemon->serve(*daemon->targets_[i], std::move((*sockets)[i]));
    if (!ok) return ok.error();
  }
  release_start_memory();
  notify_manager("READY=1\nSTATUS=Serving");
  return daemon;
}

Status Daemon::serve(Target& target, std::vector<ListenSocket> sockets) {
  for (auto& socket : sockets) {
    HttpPages pages{.telemetry_path = options_.telemetry_path,
                    .title = "host_exporter",
                    .description = target.title() + ", " + version_line() + "."};
    if (target.groups() != nullptr || web_) pages.reload = [this] { return reload(); };
    if (auto* events = target.events(); events != nullptr) {
      pages.events = [events](std::uint64_t after) { return events->since(after); };
    }
    auto server =
        HttpServer::start(std::move(socket), std::move(pages), target.queue(), web_.get());
    if (!server) return server.error();
    log_info(target.title() + " on " +
             url((*server)->socket(), options_.telemetry_path, web_ && web_->uses_tls()));
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
             " now: what it forbids is left out");
  }
}

Status Daemon::reload() {
  const std::lock_guard lock(reloading_);
  notify_reloading();
  auto status = reload_all();
  notify_manager(status ? "READY=1\nSTATUS=Serving"
                        : "READY=1\nSTATUS=Serving with the configuration before a failed reload");
  return status;
}

// All of it, whatever fails; returns the first failure.
Status Daemon::reload_all() {
  follow_host();
  Status status;
  for (const auto& target : targets_) {
    if (target->groups() == nullptr) continue;
    if (auto ok = target->groups()->reload(); !ok) {
      log_error("reload: " + ok.error().message() + " (the configuration before stays in force)");
      status = ok;
    } else {
      log_info("reloaded the name groups' configuration");
    }
  }
  if (!web_) return status;
  auto ok = web_->reload();  // it logs
  return status ? ok : status;
}

// A collector that hangs is no reason to begin anew: the scrape ends without it.
bool Daemon::is_alive(HttpServer::Time now) const {
  const auto longest_scrape = kLongScrape + 2 * options_.collector_timeout;
  return std::none_of(servers_.begin(), servers_.end(),
                      [&](const auto& server) { return server->is_stuck(now); }) &&
         std::none_of(targets_.begin(), targets_.end(), [&](const auto& target) {
           return target->queue().runs_since_before(now - longest_scrape);
         });
}

void Daemon::wait() {
  using std::chrono::nanoseconds;
  const auto signals = signals_waited_for();
  const auto limit = watchdog_limit();
  const nanoseconds pause = limit ? std::min<nanoseconds>(kLook, *limit / 2) : nanoseconds(kLook);
  const timespec patience{.tv_sec = pause.count() / 1'000'000'000,
                          .tv_nsec = pause.count() % 1'000'000'000};
  for (;;) {
    const int signal = ::sigtimedwait(&signals, nullptr, &patience);
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal == SIGHUP) (void)reload();  // it logs
    const auto now = std::chrono::steady_clock::now();
    for (const auto& server : servers_) server->cut_late(now);
    if (limit && is_alive(now)) notify_manager("WATCHDOG=1");
  }
  notify_manager("STOPPING=1");
  log_info("stopping");
}

}  // namespace hx
