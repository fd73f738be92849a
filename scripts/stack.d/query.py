# SPDX-License-Identifier: Apache-2.0
"""Asks Prometheus for its targets or rules: query.py URL wait|targets|rules.

wait: until a host is known and every target was scraped, which takes an interval, and a timeout for those that
do not answer. targets, rules: one line of what there is, and on stderr one for each that is down, with what to
do; exit 1 if there is one.
"""
import collections
import json
import sys
import time
import urllib.request

WAIT_SECONDS = 30

REMEDIES = (
    ("connection refused", "start host_exporter there, or open its --web.listen-address to this host"),
    ("no such host", "name it in DNS or /etc/hosts, or correct the list in prometheus/targets"),
    ("server misbehaving", "look at the name server in /etc/resolv.conf"),
    ("deadline exceeded", "look for a firewall on the way"),
    ("timeout", "look for a firewall on the way"),
    ("no route to host", "look for a firewall on the way"),
    ("network is unreachable", "look at this host's network"),
    ("401", "give both scrape jobs the target's basic_auth"),
    ("HTTP response to HTTPS", "set `scheme: http` for it"),
    ("HTTP request to an HTTPS", "set `scheme: https` for it"),
)


def ask(url, path):
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return json.load(answer)["data"]


def remedy(job, error):
    if job not in ("node", "process"):
        return "scripts/stack up starts it again"
    return next((what for part, what in REMEDIES if part in error), "see /targets in Prometheus")


def print_targets(targets):
    jobs = collections.defaultdict(list)
    for target in targets:
        jobs[target["labels"]["job"]].append(target)
    hosts = {t["labels"]["instance"] for t in jobs["node"] + jobs["process"]}
    counts = [f"{job} {sum(t['health'] == 'up' for t in jobs[job])} of {len(jobs[job])}"
              for job in ("node", "process", "prometheus", "alertmanager")]
    print(f"targets up: {', '.join(counts)}; hosts: {len(hosts)}")
    if not hosts:
        print("stack: no host is scraped: name one (scripts/stack up HOST), or look at "
              "prometheus/targets and the SRV records", file=sys.stderr)
    for target in targets:
        if target["health"] != "up":
            labels, error = target["labels"], target["lastError"] or "not yet scraped"
            error = " ".join(error.split()).replace(f'Get "{target["scrapeUrl"]}": ', "")
            print(f"stack: {labels['instance']}: {target['scrapeUrl']} is down ({error}): "
                  f"{remedy(labels['job'], error)}", file=sys.stderr)
    return bool(hosts) and all(t["health"] == "up" for t in targets)


def print_rules(groups):
    rules = [rule for group in groups for rule in group["rules"]]
    alerts = [rule for rule in rules if rule["type"] == "alerting"]
    firing = sum(rule["state"] == "firing" for rule in alerts)
    print(f"rules: {len(rules)} in {len(groups)} groups, {len(alerts)} of them alerts, {firing} firing")
    bad = [rule for rule in rules if rule["health"] == "err"]
    for rule in bad:
        print(f"stack: rule {rule['name']} fails: {' '.join(rule['lastError'].split())}", file=sys.stderr)
    return not bad


def all_scraped(targets):
    return (any(target["labels"]["job"] in ("node", "process") for target in targets)
            and all(target["health"] != "unknown" for target in targets))


def ask_targets(url):
    return ask(url, "/api/v1/targets?state=active")["activeTargets"]


def main(url, question):
    if question == "rules":
        return print_rules(ask(url, "/api/v1/rules")["groups"])
    if question == "targets":
        return print_targets(ask_targets(url))
    end = time.monotonic() + WAIT_SECONDS
    while not all_scraped(ask_targets(url)) and time.monotonic() < end:
        time.sleep(0.3)
    return True


try:
    sys.exit(0 if main(sys.argv[1], sys.argv[2]) else 1)
except (OSError, ValueError) as error:
    sys.exit(f"stack: Prometheus on {sys.argv[1]} does not answer: {error}")
