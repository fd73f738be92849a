# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # variables are scripts/stack's
# The stack in containers: which engine, what it needs, compose.

compose=()

# Sets compose for the engine, or says on stdout why it cannot be used.
try_engine() { # docker|podman
  local why
  compose=()
  command -v "$1" >/dev/null || { echo "no $1 here"; return 1; }
  if ! why=$("$1" info 2>&1 >/dev/null); then
    case $why in
      *'ermission denied'*)
        echo "no permission to $1's socket: sudo usermod -aG $1 $(id -un), then log in again" ;;
      *) echo "$1 does not answer ($(tail -n 1 <<<"$why")): systemctl start $1" ;;
    esac
    return 1
  fi
  # podman's own compose wants a service that few have running.
  if [ "$1" = podman ] && command -v podman-compose >/dev/null; then 
    compose=(podman-compose --podman-path "$here/stack.d/podman")
  elif "$1" compose version >/dev/null 2>&1; then compose=("$1" compose)
  elif command -v "$1-compose" >/dev/null; then compose=("$1-compose")
  else echo "$1 has no compose: install $1-compose (Docker's repository: docker-compose-plugin)"; return 1
  fi
}

is_podman_docker() { docker --version 2>/dev/null | grep -qi podman; }
# docker first, as it is there on purpose; the command docker of podman's is podman.
pick_engine() {
  local candidate reasons=() candidates=(docker podman) why
  why=$(mktemp)
  if [ -n "$engine" ]; then candidates=("$engine"); fi
  for candidate in "${candidates[@]}"; do
    case $candidate in docker | podman) ;; *) fail "--engine $candidate: not docker or podman" ;; esac
    if [ -z "$engine" ] && [ "$candidate" = docker ] && is_podman_docker; then continue; fi
    if try_engine "$candidate" >"$why"; then
      engine=$candidate
      rm -f "$why"
      return
    fi
    reasons+=("$(cat "$why")")
  done
  rm -f "$why"
  # The reason of the one that is there.
  for candidate in "${reasons[@]}"; do
    case $candidate in 'no docker here' | 'no podman here') ;; *) fail "$candidate; or use --native" ;; esac
  done
  fail "no container engine here: install podman and podman-compose, or docker, or use --native"
}

run_compose() {
  local files=(-f compose.yaml)
  [ -z "$dns" ] || files+=(-f compose.dns.yaml)
  (cd "$dir" && COMPOSE_PROFILES=${dns:+dns} \
    "${compose[@]}" -p "${setting[COMPOSE_PROJECT_NAME]}" "${files[@]}" "$@")
}
image_of() { sed -nE "/^  $1:\$/,/^  [a-z]+:\$/s/^    image: ([^ ]+).*/\1/p" "$dir/compose.yaml"; }
container_of() { # SERVICE: its id
  "$engine" ps -aq --filter "label=com.docker.compose.project=${setting[COMPOSE_PROJECT_NAME]}" \
    --filter "label=com.docker.compose.service=$1" 2>/dev/null | head -n 1
}
container_runs() { # SERVICE
  local id
  id=$(container_of "$1")
  [ -n "$id" ] && [ "$("$engine" inspect -f '{{.State.Running}}' "$id" 2>/dev/null)" = true ]
}

# The images' users are neither root nor the owner of the files.
check_readable() {
  local file
  file=$(cd "$dir" && find prometheus alertmanager grafana dnsmasq \
    \( -type f ! -perm -004 -o -type d ! -perm -005 \) -print -quit)
  [ -z "$file" ] || fail "$dir/$file: the containers cannot read it: chmod -R o+rX $dir/${file%%/*}"
}
check_port_53() {
  local first
  first=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
  [ "$engine" != podman ] || [ "$(id -u)" = 0 ] || [ "$first" -le 53 ] ||
    fail '--dns: rootless podman may not listen on port 53: sudo sysctl net.ipv4.ip_unprivileged_port_start=53'
}

prepare_containers() {
  local name
  pick_engine
  check_readable
  [ -z "$dns" ] || check_port_53
  for name in $(servers); do container_runs "$name" || check_port "$name"; done
  pull_images
}

pull_images() {
  local name image log
  log=$(mktemp)
  for name in $(servers); do
    image=$(image_of "$name")
    "$engine" image inspect "$image" >/dev/null 2>&1 && continue
    echo "Pulling $image"
    "$engine" pull -q "$image" >"$log" 2>&1 ||
      fail "cannot pull $image ($(last_error "$log")$(rm -f "$log")): look at the network and proxy, or use --native"
  done
  rm -f "$log"
}

start_containers() {
  local name log=$run/compose.log
  # By name: podman-compose before 1.1 knows no profiles and would start all.
  # shellcheck disable=SC2046  # several words
  run_compose up -d $(servers) >"$log" 2>&1 || fail "${compose[0]} failed: $(last_error "$log"); see $log"
  for name in $(servers); do
    wait_ready "$name" 120 || {
      "$engine" logs "$(container_of "$name")" >"$run/$name.log" 2>&1 || true
      fail "$name does not become ready: $(last_error "$run/$name.log"); see $run/$name.log"
    }
  done
  curl -sf -m 10 -X POST "http://$(address prometheus)/-/reload" ||
    fail "Prometheus refuses its configuration: see $engine logs $(container_of prometheus)"
  check_password
}

# By a file: arguments are visible to everyone on the host.
check_password() {
  local code
  code=$(printf 'user = "%s:%s"\n' "${setting[GF_SECURITY_ADMIN_USER]}" "${setting[GF_SECURITY_ADMIN_PASSWORD]}" |
    curl -s -m 10 -K - -o /dev/null -w '%{http_code}' "http://$(address grafana)/api/user") || true
  case $code in
    401 | 403) fail "Grafana refuses the password in $settings, as its first start had another:" \
      "$engine exec $(container_of grafana) grafana cli admin reset-admin-password NEW," \
      'or scripts/stack down --purge' ;;
  esac
}

stop_containers() {
  local log=$run/compose.log why
  why=$(mktemp)
  try_engine "$engine" >"$why" || fail "$(cat "$why")$(rm -f "$why")"
  rm -f "$why"
  # With dnsmasq, whether or not this up has it.
  dns=yes
  run_compose down ${purge:+-v} >"$log" 2>&1 || fail "${compose[0]} failed: $(last_error "$log"); see $log"
  # podman-compose makes one, used or not, and leaves it.
  "$engine" network rm "${setting[COMPOSE_PROJECT_NAME]}_default" >/dev/null 2>&1 || true
}

# After down the data is left to an engine that nobody remembers.
purge_without_mode() {
  for engine in docker podman; do
    if try_engine "$engine" >/dev/null; then
      mkdir -p "$run"
      stop_containers
    fi
  done
}
