#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares name groups as process-exporter and host_exporter show them.

usage: process_compare.py [--source kernel|proc] [--groups all|settled] [--need NAME]...
                          [--need-prefix TEXT]... [--young NAME] [--gone NAME]
                          THEIRS1 THEIRS2 OURS1 OURS2

Each file is a scrape, 1 before and 2 after the same work. Series are compared by name and labels.
Groups that are needed are compared by value too: they did the work and rest, or are new in the
second scrape (--young), or have no process left in it (--gone). With --groups=all both must show
the same groups at all, else those that did not change. What may differ, and why, stands below."""
import argparse
import re
import sys

# Ours alone: no such family there.
ADDED = re.compile(r"namedprocess_namegroup_(runqueue_.*|oncpu_.*|blocked_.*|cpu_quota_.*|block_io_.*|tcp_.*|proportional_memory_.*|processes_(started|exited|killed)_total)")
# Sampled in the background here: of another moment.
SAMPLED = re.compile(
    r"namedprocess_namegroup_threads_wchan"
    r'|namedprocess_namegroup_memory_bytes\{.*memtype="proportional'
)
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
PREFIX = "namedprocess_namegroup_"


def parse(path):
    """Series to value; a series is its name and its sorted labels."""
    series = {}
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            name = re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*", line).group()
            labels = ()
            rest = line[len(name):]
            if rest.startswith("{"):
                end = rest.rindex("} ")
                labels = tuple(sorted(LABEL.findall(rest[1:end])))
                rest = rest[end + 1:]
            key = (name, labels)
            if key in series:
                sys.exit(f"{path}: {show(key)} stands there twice")
            series[key] = float(rest)
    return series


def show(key):
    name, labels = key
    return name + "{" + ",".join(f'{k}="{v}"' for k, v in labels) + "}"


def group_of(key):
    return dict(key[1]).get("groupname")


def value(series, family, group):
    return series.get((PREFIX + family, (("groupname", group),)), 0)


def settled(scrapes):
    """Groups that look the same to both, before and after."""
    def looks(series, group):
        return [value(series, f, group) for f in
                ("num_procs", "num_threads", "oldest_start_time_seconds", "open_filedesc")]

    groups = {group_of(key) for key in scrapes[0] if key[0] == PREFIX + "num_procs"}
    return {g for g in groups
            if looks(scrapes[0], g)[0] > 0 and all(looks(s, g) == looks(scrapes[0], g) for s in scrapes)}


class Comparison:
    def __init__(self, options, theirs, ours):
        self.kernel = options.source == "kernel"
        self.young, self.gone = options.young, options.gone
        self.theirs, self.ours = theirs, ours
        self.compared = 0
        self.differences = []

    def differ(self, key, theirs, ours):
        self.differences.append(f"{show(key)}: {theirs} there, {ours} here")

    def tolerance(self, family):
        """How far a value may be off, and why."""
        if family.endswith("cpu_seconds_total"):
            # A tick for each of two readings, where the kernel tells us more than /proc does.
            return 0.021 if self.kernel else 1e-6
        if family == "memory_bytes":
            # Counters of one CPU are added up at different moments.
            return 64 * 4096 if self.kernel else 0
        if family == "worst_fd_ratio":
            return 1e-9
        return 0

    def fits(self, key):
        family, group = key[0][len(PREFIX):], group_of(key)
        theirs, ours = self.theirs[1][key], self.ours[1][key]
        if family.endswith("_total"):  # each began at another moment
            theirs -= self.theirs[0].get(key, 0)
            ours -= self.ours[0].get(key, 0)
            if self.kernel and group in self.gone and ours > theirs:
                return True  # its last work is counted here
            if family.startswith("thread_") and group in self.young:
                return ours >= theirs == 0  # new threads are counted whole here
        if family == "states":
            # There the main thread of a process with several counts twice.
            processes, threads = (value(self.theirs[1], f, group) for f in ("num_procs", "num_threads"))
            return 0 <= theirs - ours <= (processes if threads > processes else 0)
        if family == "oldest_start_time_seconds" and theirs == -62135596800:
            return ours == 0  # no process: there it is the year 1
        return abs(theirs - ours) <= self.tolerance(family)

    def run(self, groups, by_value):
        for key in sorted(self.theirs[1].keys() | self.ours[1].keys()):
            if not key[0].startswith(PREFIX) or group_of(key) not in groups | by_value:
                continue
            if SAMPLED.match(show(key)) or ADDED.fullmatch(key[0]):
                continue
            self.compared += 1
            theirs, ours = self.theirs[1].get(key), self.ours[1].get(key)
            if theirs is None or ours is None or (group_of(key) in by_value and not self.fits(key)):
                self.differ(key, theirs, ours)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", choices=["kernel", "proc"], default="proc")
    parser.add_argument("--groups", choices=["all", "settled"], default="settled")
    for name in ("need", "need-prefix", "young", "gone"):
        parser.add_argument("--" + name, action="append", default=[])
    parser.add_argument("scrapes", nargs=4)
    options = parser.parse_args()
    scrapes = [parse(path) for path in options.scrapes]
    theirs, ours = scrapes[:2], scrapes[2:]

    shown = [{group_of(key) for key in series if key[0] == PREFIX + "num_procs"} for series in scrapes]
    groups = settled(scrapes)
    needed = set(options.need)
    for prefix in options.need_prefix:
        found = {name for name in groups if name.startswith(prefix)}
        needed |= found or {prefix + "..."}
    if not needed <= groups:
        sys.exit(f"not settled, or not shown: {needed - groups}; there {shown[1]}, here {shown[3]}")
    changed = set(options.young + options.gone)
    if not changed <= shown[1] & shown[3]:
        sys.exit(f"not shown by both: {changed}; there {shown[1]}, here {shown[3]}")
    if options.groups == "all":
        if shown[1] != shown[3]:
            sys.exit(f"only there: {shown[1] - shown[3]}; only here: {shown[3] - shown[1]}")
        groups = shown[1]

    comparison = Comparison(options, theirs, ours)
    comparison.run(groups, needed | changed)
    print(*comparison.differences, sep="\n")
    if comparison.differences:
        sys.exit(f"{len(comparison.differences)} of {comparison.compared} series differ")
    print(f"{comparison.compared} series of {len(groups | changed)} groups are the same")


main()
