# SPDX-License-Identifier: Apache-2.0
"""usage: known_dashboards.py QUERIES THEIRS OURS SECONDS

Runs the queries on two Prometheus servers over the last SECONDS, one of which scrapes the replaced exporters and
the other one the daemon. A query that has data there must have it here, with every series that lasts, and with

    equal   the same value at every moment, or
    near    ranges of values that meet, within 10 %: what moved between a scrape there and one here.

Of name groups only the test's own are compared by value: the others come and go, and ours counts more of them.
"""
import math
import os
import re
import sys
import time
from collections import Counter, defaultdict

from promql import metrics_in

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), '../../scripts/stack.d'))
from panels import Prometheus, expand  # noqa: E402

SETTLED = {'hx-busy', 'hx-idle'}
VARIABLES = {'node': 'here:9100', 'instance': 'here:9256', 'host': 'here:9256', 'server': 'here',
             'port_node_exporter': '9100', 'processes': '(hx-busy|hx-idle)', 'group': '(hx-busy|hx-idle)',
             '__rate_interval': '20s', 'interval': '20s'}

# What is each exporter's own, or measured at another time on purpose: only the labels are compared.
OWN = re.compile(r'process_(cpu|virtual|open|max)\w+|node_scrape_collector_duration_seconds|node_entropy_available_bits'
                 r'|memtype="proportional|threads_wchan|node_scrape_collector_success|namedprocess_scrape_')
# Where neither has data: the first that fits says why.
REASONS = [(re.compile(pattern), reason) for pattern, reason in (
    (r'node_hwmon|node_cooling|node_power_supply|node_cpu_scaling|core_throttles', 'no such hardware here'),
    (r'node_systemd', 'no systemd here'),
    (r'node_schedstat|pressure_irq', 'the kernel does not tell here'),
    (r'node_memory_(NFS_Unstable|DirectMap|Zswap|HardwareCorrupted)', 'not in this kernel\'s /proc/meminfo'),
    (r'node_kernel_hung_tasks\{', 'a name that neither exporter has'),
    (r'node_cpu_guest', 'no guests run here, and the query drops zeroes'),
    (r'redis_|suricata', 'no such program here'),
    (r'SwapTotal', 'no swap here, and the query divides by its size'),
    (r'node_network_up\{operstate', 'a label that node_network_up does not have'),
    (r'node_sockstat_UDP_inuse', 'no UDP socket here, and the query divides by their number'),
    (r'Tcp_MaxConn', 'not among the fields of netstat by default'),
    (r'node_tcp_connection_states', 'no connection in that state here'),
    (r'mode="user".*\+ rate', 'a sum of series with different labels'),
    (r'> (0\.9|3)$', 'nothing is that full, or restarts, here'),
    (r'cpu_user_seconds_total', 'a name that process-exporter has no longer'),
)]
TOLERANCE = 0.1


def read_queries(path):
    with open(path, encoding='utf-8') as file:
        return [line.rstrip('\n').split('\t') for line in file if not line.startswith('#')]


def key_of(labels):
    """The labels, but for those by which the same file system or build has another name there."""
    return tuple(sorted((name, value) for name, value in labels.items() if name != 'device_error'))


class Answer:
    """The series that a query gives over the last seconds, by labels: values by time, without NaN."""

    def __init__(self, prometheus, query, start, end):
        if query.startswith('label_values('):
            values = prometheus.label_values(query, start, end)
            self.series = {(('value', value),): dict.fromkeys(range(start, end), 1.0) for value in values}
            return
        self.series = {}
        for labels, samples in prometheus.over(query, start, end, 1):
            values = {moment: value for moment, value in samples if not math.isnan(value)}
            if values:
                self.series[key_of(labels)] = values

    def lasting(self, count):
        """Those there at almost every moment."""
        return {key: values for key, values in self.series.items() if len(values) >= 0.8 * count}


def is_settled(query, labels):
    group = labels.get('groupname', labels.get('value') if query.endswith('groupname)') else None)
    return group is None or group in SETTLED


def compare_series(theirs, ours):
    if all(ours.get(moment) == value for moment, value in theirs.items() if moment in ours):
        return 'equal'
    low, high = min(theirs.values()), max(theirs.values())
    slack = TOLERANCE * max(abs(low), abs(high), max(map(abs, ours.values())))
    return 'near' if min(ours.values()) <= high + slack and max(ours.values()) >= low - slack else 'differs'


def compare(query, theirs, ours, moments):
    """(class, what is wrong)"""
    if not theirs.series and not ours.series:
        return 'neither', ''
    if not theirs.series:
        return 'only ours', ''
    if not ours.series:
        return ('missing', 'no data from us: ' + query) if theirs.lasting(moments) else ('for a moment', '')
    outcomes = Counter()
    for key, values in theirs.lasting(moments).items():
        labels = dict(key)
        if not is_settled(query, labels):
            continue
        if key not in ours.series:
            if 'topk' in query:
                continue  # at the end of the list another one is as good
            return 'missing', f'no series {labels} from us: {query}'
        outcome = 'labels' if OWN.search(query) else compare_series(values, ours.series[key])
        if outcome == 'differs':
            here, there = sorted(ours.series[key].values()), sorted(values.values())
            return 'differs', f'{labels} is {there[0]} to {there[-1]} there, {here[0]} to {here[-1]} here: {query}'
        outcomes[outcome] += 1
    return next((kind for kind in ('labels', 'near', 'equal') if outcomes[kind]), 'data'), ''


def why_neither(query):
    return next((reason for pattern, reason in REASONS if pattern.search(query)), 'both exporters have none here')


def main(queries_path, theirs_url, ours_url, seconds):
    theirs, ours = Prometheus(theirs_url), Prometheus(ours_url)
    moments = int(seconds) // 2
    end = int(time.time()) - 1
    counts, problems, neither = defaultdict(Counter), [], defaultdict(list)
    for server in (theirs, ours):
        problems += [f'{labels["job"]} of {server.url} is not always up' for labels, share in
                     server.instant('avg_over_time(up[%ds]) < 1' % moments, end)]
    for dashboard, query in read_queries(queries_path):
        job = 'node_exporter' if dashboard == '1860' else 'process-exporter'
        expanded = expand(query, dict(VARIABLES, job=job))
        kind, problem = compare(expanded, *(Answer(server, expanded, end - moments, end) for server in (theirs, ours)),
                                moments)
        counts[dashboard][kind] += 1
        if problem:
            problems.append(f'{dashboard}: {problem}')
        if kind == 'neither':
            neither[why_neither(query)].append(sorted(metrics_in(query.replace('$', '_')))[0])
    lines = ['%s: %d queries: %s' % (dashboard, sum(kinds.values()), ', '.join('%d %s' % (kinds[kind], kind) for kind in (
        'equal', 'near', 'labels', 'data', 'for a moment', 'only ours', 'neither', 'differs', 'missing') if kinds[kind]))
             for dashboard, kinds in counts.items()]
    lines += ['neither: %s (%d): %s' % (reason, len(names), ', '.join(sorted(set(names))))
              for reason, names in neither.items()]
    print('\n'.join(problems + lines))
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
