# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # variables are scripts/stack's
# The stack without containers: the distribution's programs, with the configuration of the containers.
# DIR/run has their data, logs and process ids.

declare -A program=()
prepare_native() {
  local name
  [ -z "$dns" ] || fail '--dns needs a container engine: else run dnsmasq with dnsmasq/dnsmasq.conf yourself'
  program[prometheus]=$(command -v prometheus) ||
    fail 'no prometheus here: install the package prometheus (Rocky: golang-github-prometheus from EPEL)'
  program[alertmanager]=$(command -v prometheus-alertmanager || command -v alertmanager) ||
    fail 'no alertmanager here: install the package prometheus-alertmanager'
  for name in $(servers); do still_runs "$name" || check_port "$name"; done
  check_files
}

# A process id alone may be another's by now: its start time is kept with it.
start_time() { sed -E 's/.*\) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
still_runs() { # SERVER
  local pid started
  [ -n "$native" ] || { container_runs "$1"; return; }
  [ -e "$run/$1.pid" ] && read -r pid started <"$run/$1.pid" || return 1
  [ "$(start_time "$pid")" = "$started" ]
}

start_program() { # SERVER FLAG...
  local name=$1 pid
  shift
  still_runs "$name" && return
  mkdir -p "$run/data/$name"
  setsid "${program[$name]}" "$@" >"$run/$name.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(start_time "$pid")" >"$run/$name.pid"
}

start_native() {
  local name
  start_program prometheus --config.file="$dir/prometheus/prometheus.yml" \
    --storage.tsdb.path="$run/data/prometheus" \
    --storage.tsdb.retention.time="${setting[PROMETHEUS_RETENTION]}" \
    --web.listen-address="${setting[PROMETHEUS_ADDRESS]}:${setting[PROMETHEUS_PORT]}" \
    --web.enable-lifecycle
  start_program alertmanager --config.file="$dir/alertmanager/alertmanager.yml" \
    --storage.path="$run/data/alertmanager" \
    --web.listen-address="${setting[ALERTMANAGER_ADDRESS]}:${setting[ALERTMANAGER_PORT]}" \
    --cluster.listen-address=
  for name in $(servers); do
    wait_ready "$name" 60 || {
      warn "$name does not start: $(last_error "$run/$name.log")"
      stop_native
      remove_targets
      rm -f "$run/mode"
      exit 1
    }
  done
  curl -sf -m 10 -X POST "http://$(address prometheus)/-/reload" ||
    fail "Prometheus refuses its configuration: $(last_error "$run/prometheus.log")"
}

stop_native() {
  local name pid end
  for name in $(servers); do
    if still_runs "$name"; then
      read -r pid _ <"$run/$name.pid"
      kill "$pid" 2>/dev/null || true
      end=$((SECONDS + 20))
      while still_runs "$name"; do
        [ "$SECONDS" -lt "$end" ] || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.1
      done
    fi
    rm -f "$run/$name.pid"
  done
}
