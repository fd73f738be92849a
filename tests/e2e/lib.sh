# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034  # variables are for who sources it
# What the end-to-end tests share: they source it with the daemon's path as $1. Every server listens
# on a free port of 127.0.0.1, and whatever a test starts ends with it.
set -euo pipefail

daemon=$(realpath "${1:?usage: $0 DAEMON}")
tmp=$(mktemp -d)
pids=()

cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true  # not a word about who was killed
  rm -rf "$tmp"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
ok() { echo "ok: $*"; }

# Skips the test (exit 77) unless the programs are there.
need() {
  local program
  for program; do
    command -v "$program" >/dev/null || { echo "skipped: no $program here"; exit 77; }
  done
}

# Runs the command until it succeeds, for at most a minute: the machine may be busy building.
eventually() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

free_port() {
  python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# No program for it: the daemon would tell of that one, and who is compared with it would not.
daemon_serves() { [[ $(<"$log") == *'Name-group metrics on'* ]]; }

# start_daemon FLAG...: starts it on free ports and waits until it serves. Sets daemon_pid, log, and
# the two base URLs node and groups. RUN_AS holds a command to start it with.
RUN_AS=()
start_daemon() {
  log=$tmp/log.$RANDOM
  : >"$log"
  "${RUN_AS[@]}" "$daemon" --web.listen-address=127.0.0.1:0 \
    --web.process-listen-address=127.0.0.1:0 "$@" 2>"$log" &
  daemon_pid=$!
  pids+=("$daemon_pid")
  eventually daemon_serves || fail "the daemon does not start: $(cat "$log")"
  node=$(sed -n 's,.*Node metrics on \(https*://[^/]*\)/.*,\1,p' "$log")
  groups=$(sed -n 's,.*Name-group metrics on \(https*://[^/]*\)/.*,\1,p' "$log")
}

# stop_daemon [SIGNAL]: sets exit_code and took_ms.
stop_daemon() {
  local begin
  begin=$(date +%s%N)
  kill "-${1:-TERM}" "$daemon_pid"
  exit_code=0
  wait "$daemon_pid" || exit_code=$?
  took_ms=$((($(date +%s%N) - begin) / 1000000))
}
