# SPDX-License-Identifier: Apache-2.0
"""usage: dashboards_check.py form README PROM...       what needs no Prometheus
       dashboards_check.py data PROMETHEUS SECONDS      every query gives data for the last SECONDS

Checks our dashboards. Panels that may be without data here are named below, each with its reason.
"""
import math
import os
import re
import sys
import time

from promql import OF_PROMETHEUS, metrics_in, metrics_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), '../../scripts/stack.d'))
from panels import Prometheus, choose, dashboards, expand, panels  # noqa: E402

TYPES = {'timeseries', 'stat', 'heatmap', 'table', 'bargauge', 'state-timeline'}
MAX_PANELS = 28
GIVEN_BY_GRAFANA = {'__all', '__rate_interval', '__range', '__field', '__data', '__url_time_range'}

# (dashboard, panel, letter of the query or * for all): why there may be none.
EMPTY = {
    ('hx-latency', 'Time blocked', '*'): 'the kernel does not account it here',
    ('hx-latency', 'Held up by CPU quotas', 'B'): 'nobody is under a quota here',
    ('hx-latency', 'Requests that failed', '*'): 'no block request fails here',
    ('hx-fleet', 'Alerts', 'A'): 'nothing is wrong for long enough here',
    ('hx-exporter', 'Collectors over time', '*'): 'no collector begins to fail here',
    ('hx-exporter', 'Events lost', 'B'): 'no program is missed',
}


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def overlap(one, other):
    return (one['x'] < other['x'] + other['w'] and other['x'] < one['x'] + one['w'] and
            one['y'] < other['y'] + other['h'] and other['y'] < one['y'] + one['h'])


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from strings_in(member)


def form_of(dashboard, uids, exported):
    variables = {variable['name'] for variable in dashboard['templating']['list']}
    members = panels(dashboard)
    if len(members) > MAX_PANELS or dashboard['schemaVersion'] != 39 or 'datasource' not in variables:
        yield 'not one of ours: too many panels, another schema or no variable for the data source'
    if len({panel['id'] for panel in dashboard['panels']}) < len(dashboard['panels']):
        yield 'two panels have one id'
    for n, panel in enumerate(dashboard['panels']):
        for other in dashboard['panels'][:n]:
            if overlap(panel['gridPos'], other['gridPos']):
                yield f'{panel["title"]} lies over {other["title"]}'
    for text in strings_in(dashboard):
        for name in re.findall(r'\$\{?(\w+)', text):
            if name not in variables | GIVEN_BY_GRAFANA:
                yield f'nobody sets ${name} in {text}'
        for uid in re.findall(r'/d/([\w-]+)', text):
            if uid not in uids:
                yield f'no dashboard {uid} in {text}'
    for panel in members:
        if panel['type'] not in TYPES or not panel['description'] or not panel['targets']:
            yield f'{panel["title"]}: another type, no description or no query'
        if not panel['fieldConfig']['defaults'].get('unit'):
            yield f'{panel["title"]}: no unit'
        for target in panel['targets']:
            if target['datasource']['uid'] != '${datasource}':
                yield f'{panel["title"]}: another data source'
            for name in sorted(metrics_in(target['expr']) - exported - OF_PROMETHEUS):
                yield f'{panel["title"]}: nothing exports {name}'


def form(readme, *texts):
    all_of_them = dashboards()
    exported = metrics_of(map(read, texts), read(readme))
    uids = {dashboard['uid'] for dashboard in all_of_them}
    problems = [f'{dashboard["uid"]}: {problem}' for dashboard in all_of_them
                for problem in form_of(dashboard, uids, exported)]
    if len(uids) < len(all_of_them):
        problems.append('two dashboards have one uid')
    return problems, f'{len(all_of_them)} dashboards, {sum(len(panels(d)) for d in all_of_them)} panels'


def data(url, seconds):
    prometheus, end = Prometheus(url), time.time()
    start = end - float(seconds)
    titles = {(dashboard['uid'], panel['title']) for dashboard in dashboards() for panel in panels(dashboard)}
    problems, empty, count = [f'no panel {name}, which may be empty' for name in EMPTY if name[:2] not in titles], [], 0
    for dashboard in dashboards():
        values = choose(dashboard, prometheus, start, end, '8s')
        for panel in panels(dashboard):
            for target in panel['targets']:
                count += 1
                name = (dashboard['uid'], panel['title'], target['refId'])
                try:
                    series = prometheus.over(expand(target['expr'], values), start, end, 1)
                except ValueError as error:
                    problems.append(f'{name}: {error}')
                    continue
                if any(not math.isnan(value) for _, samples in series for _, value in samples):
                    continue
                reason = EMPTY.get(name) or EMPTY.get((name[0], name[1], '*'))
                (empty if reason else problems).append(f'{" / ".join(name)}: {reason or "no data"}')
    return problems, '\n'.join([f'{count} queries, {count - len(empty)} give data'] + empty)


if __name__ == '__main__':
    failures, summary = {'form': form, 'data': data}[sys.argv[1]](*sys.argv[2:])
    print('\n'.join(failures) or summary)
    sys.exit(bool(failures))
