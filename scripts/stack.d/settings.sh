# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What both ways to run the stack share: .env, targets, ports, what is reported. Sourced by
# scripts/stack, with dir, run, settings and targets set.

fail() {
  echo "stack: $*" >&2
  exit 1
}
warn() { echo "stack: $*" >&2; }
need_programs() {
  local program
  for program; do command -v "$program" >/dev/null || fail "no $program here: install it"; done
}
last_error() { # FILE: its last line that tells of an error, else its last line
  { grep -iE 'error|failed to [^s]|denied|cannot|refused|no such' "$1" || cat "$1"; } | tail -n 1
}

# The user changes these in .env; the password is set there by write_settings.
declare -A setting=(
  [GF_SECURITY_ADMIN_USER]=admin [GF_SECURITY_ADMIN_PASSWORD]=''
  [GRAFANA_ADDRESS]=0.0.0.0 [GRAFANA_PORT]=3000
  [PROMETHEUS_ADDRESS]=127.0.0.1 [PROMETHEUS_PORT]=9099
  [PROMETHEUS_RETENTION]=168h [PROMETHEUS_MEMORY]=2g [PROMETHEUS_CPUS]=2
  [ALERTMANAGER_ADDRESS]=127.0.0.1 [ALERTMANAGER_PORT]=9093
  [COMPOSE_PROJECT_NAME]=host-exporter-stack
)

write_settings() {
  local password
  password=$(head -c 18 /dev/urandom | base64 | tr '+/' '-_')
  (umask 077 && cat >"$settings") <<END || fail "cannot write $settings: use a copy of your own with -d"
# Made by scripts/stack; it and compose read it. Grafana takes user and password at its first start only.
GF_SECURITY_ADMIN_USER=admin
GF_SECURITY_ADMIN_PASSWORD=$password
#GRAFANA_ADDRESS=0.0.0.0
#GRAFANA_PORT=3000
# Neither asks for a password: 0.0.0.0 shows them to everyone who reaches this host.
#PROMETHEUS_ADDRESS=127.0.0.1
#PROMETHEUS_PORT=9099
#PROMETHEUS_RETENTION=168h
#PROMETHEUS_MEMORY=2g
#PROMETHEUS_CPUS=2
#ALERTMANAGER_ADDRESS=127.0.0.1
#ALERTMANAGER_PORT=9093
#COMPOSE_PROJECT_NAME=host-exporter-stack
END
}

# Sets setting from .env. down and status do with what they can read of it: they must not need it right.
read_settings() {
  local line number=0 key strict=
  case $command in up | config) strict=yes ;; esac
  [ -e "$settings" ] || [ -z "$strict" ] || write_settings
  if [ -n "$strict" ]; then check_settings_file; fi
  [ -r "$settings" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    if [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
      key=${BASH_REMATCH[1]}
      [ -z "${setting[$key]+known}" ] || setting[$key]=${BASH_REMATCH[2]}
    elif [ -n "$strict" ]; then
      fail "$settings:$number: not NAME=VALUE"
    fi
  done <"$settings"
  if [ -n "$strict" ]; then check_settings; fi
}
check_settings_file() {
  [ -r "$settings" ] || fail "$settings cannot be read: it belongs to $(stat -c %U "$settings"), who can run this"
  [ $((0$(stat -c %a "$settings") & 077)) = 0 ] ||
    fail "$settings holds a password that others can read: chmod 600 $settings"
}
check_settings() {
  local key port
  # compose gives quotes, spaces, "$" and "#" a meaning of its own.
  [[ ${setting[GF_SECURITY_ADMIN_PASSWORD]} =~ ^[A-Za-z0-9_.,:@%+=/-]{8,}$ ]] ||
    fail "$settings: GF_SECURITY_ADMIN_PASSWORD must be 8 or more of A-Z a-z 0-9 _.,:@%+=/-"
  for key in GRAFANA_PORT PROMETHEUS_PORT ALERTMANAGER_PORT; do
    port=${setting[$key]}
    [[ $port =~ ^[1-9][0-9]{0,4}$ ]] && [ "$port" -le 65535 ] || fail "$settings: $key=$port is not a port"
  done
}

servers() {
  echo ${dns:+dnsmasq} prometheus alertmanager
  [ -n "$native" ] || echo grafana
}
address() { # SERVER: host:port at which this host reaches it
  local host=${setting[${1^^}_ADDRESS]:-} port=${setting[${1^^}_PORT]:-53}
  [ "$1" != dnsmasq ] || host=$(sed -n 's/^listen-address=//p' "$dir/dnsmasq/dnsmasq.conf")
  [ "$host" != 0.0.0.0 ] || host=127.0.0.1
  echo "$host:$port"
}
listens() { # HOST:PORT
  (exec 3<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}
answers() { # SERVER
  local path=/-/ready
  case $1 in
    dnsmasq) listens "$(address dnsmasq)"; return ;;
    grafana) path=/api/health ;;
  esac
  curl -sf -m 5 -o /dev/null "http://$(address "$1")$path"
}

# In use by another: what runs of the stack has been looked at before.
check_port() { # SERVER
  local where owner='' remedy="set ${1^^}_PORT in $settings"
  where=$(address "$1")
  listens "$where" || return 0
  owner=$(ss -Hltnp "sport = :${where##*:}" 2>/dev/null |
    sed -nE 's/.*users:\(\("([^"]+)",pid=([0-9]+).*/ by \1, pid \2/p' | head -n 1) || true
  [ "$1" != dnsmasq ] || remedy='change the address in dnsmasq/dnsmasq.conf and prometheus/resolv.conf'
  fail "port ${where##*:}, wanted for $1, is in use$owner: stop that, or $remedy"
}

check_hosts() {
  local host
  for host in "${hosts[@]}"; do
    [[ $host =~ ^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])$ ]] ||
      fail "$host is not a host's name without a port: other ports go in a list, see hosts.yaml.example"
  done
}

put() { # FILE: stdin goes there in one piece, readable for the containers
  { (umask 022 && cat >"$1.new") && mv "$1.new" "$1"; } || fail "cannot write $1"
}
# Lists of the user's own stand beside these; with none, and no names from elsewhere, it is this host.
write_targets() {
  local name host
  name=$(uname -n)
  {
    echo '# Written by scripts/stack up, removed by scripts/stack down.'
    echo "- {targets: [\"$(address prometheus)\"], labels: {job: prometheus, instance: \"$name\"}}"
    echo "- {targets: [\"$(address alertmanager)\"], labels: {job: alertmanager, instance: \"$name\"}}"
  } | put "$targets/stack.yaml"
  {
    echo '# Written by scripts/stack up, removed by scripts/stack down: lists of your own go beside it.'
    for host in "${hosts[@]}"; do echo "- targets: [\"$host\"]"; done
    if [ -z "${hosts[*]}$dns$(own_lists)" ]; then
      echo "- {targets: [localhost], labels: {instance: \"$name\"}}"
    fi
  } | put "$targets/up.yaml"
}
remove_targets() { rm -f "$targets/stack.yaml" "$targets/up.yaml"; }
own_lists() { find "$targets" -name '*.yaml' ! -name stack.yaml ! -name up.yaml; }

# With the distribution's tools where they are, for its servers: those in containers know more.
check_files() {
  local log
  log=$(mktemp)
  if command -v promtool >/dev/null &&
    ! promtool check config "$dir/prometheus/prometheus.yml" >"$log" 2>&1; then
    fail "$(grep -m 1 -A 2 FAILED "$log" | tr -s ' \n' ' ' | sed 's/^ FAILED: //; s/ $//')$(rm -f "$log")"
  fi
  if command -v amtool >/dev/null &&
    ! amtool check-config "$dir/alertmanager/alertmanager.yml" >"$log" 2>&1; then
    fail "$dir/alertmanager/alertmanager.yml: $(last_error "$log")$(rm -f "$log")"
  fi
  rm -f "$log"
}

wait_ready() { # SERVER SECONDS
  local end=$((SECONDS + $2))
  until answers "$1"; do
    [ "$SECONDS" -lt "$end" ] && still_runs "$1" || return 1
    sleep 0.2
  done
}

print_addresses() {
  [ -n "$native" ] ||
    echo "Grafana       http://$(address grafana)  user ${setting[GF_SECURITY_ADMIN_USER]}, password in $settings"
  echo "Prometheus    http://$(address prometheus)"
  echo "Alertmanager  http://$(address alertmanager)"
}
print_server() { # SERVER
  local state=up
  answers "$1" || state=DOWN
  echo "$1 $state $(address "$1")"
  [ $state = up ] || { warn "$1 does not answer: scripts/stack up starts it again"; return 1; }
}

wait_scraped() { query_prometheus wait; }
report_targets() { query_prometheus targets; }
report_rules() { query_prometheus rules; }
query_prometheus() { # QUESTION: see the program
  python3 "$here/stack.d/query.py" "http://$(address prometheus)" "$1"
}
