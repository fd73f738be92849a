# SPDX-License-Identifier: Apache-2.0
"""usage: compare_metrics.py BEFORE THEIRS AFTER DIFFERENCES

Compares two exporters of the same host: THEIRS was scraped between BEFORE and AFTER, which are ours. Types
and series must be equal, and each value between ours before and after, give or take what a moment changes.

DIFFERENCES lists what differs on purpose, one a line: kind, regular expression of the series, reason,
separated by tabs. Kinds: theirs (they alone have it), ours (we alone), value, type (of a family), any.
An entry that explains nothing is only reported: not every host has every difference.
"""
import math
import re
import sys

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')

# Of a gauge between two readings, relative to its size; counters have no slack but rounding.
GAUGE_SLACK = 0.05


class Exposition:
    """types: family -> type; values: series with its labels sorted -> value."""

    def __init__(self, path):
        self.types, self.values = {}, {}
        with open(path, encoding='utf-8') as text:
            for line in text:
                if line.startswith('# TYPE '):
                    _, _, family, kind = line.split()
                    self.types[family] = kind
                elif not line.startswith('#') and line.strip():
                    name, labels, value = SAMPLE.match(line).groups()
                    pairs = sorted(LABEL.findall(labels or ''))
                    series = name + '{' + ','.join(f'{k}="{v}"' for k, v in pairs) + '}'
                    self.values[series] = float(value)

    def type_of(self, series):
        name = series.split('{')[0]
        for suffix in ('', '_bucket', '_sum', '_count'):
            if name.endswith(suffix) and name[:len(name) - len(suffix)] in self.types:
                return self.types[name[:len(name) - len(suffix)]]
        return None


class Differences:
    def __init__(self, path):
        self.rules = []
        with open(path, encoding='utf-8') as text:
            for line in text:
                if line.strip() and not line.startswith('#'):
                    kind, pattern, _ = line.rstrip('\n').split('\t', 2)
                    self.rules.append([kind, re.compile(pattern), 0])

    def explains(self, kind, series):
        for rule in self.rules:
            if rule[0] in (kind, 'any') and rule[1].search(series):
                rule[2] += 1
                return True
        return False


def is_between(kind, before, value, after):
    if math.isnan(value) or math.isnan(before):
        return math.isnan(value) and math.isnan(before)
    low, high = min(before, after), max(before, after)
    slack = 1e-9 * abs(value) + 1e-6
    if kind != 'counter':
        slack += GAUGE_SLACK * max(abs(low), abs(high))
    return low - slack <= value <= high + slack


def main(before_path, theirs_path, after_path, differences_path):
    before, theirs, after = (Exposition(p) for p in (before_path, theirs_path, after_path))
    differences = Differences(differences_path)
    problems = []

    def report(kind, series, text):
        if not differences.explains(kind, series):
            problems.append(f'{kind}: {text}')

    for family, kind in theirs.types.items():
        if family in after.types and after.types[family] != kind:
            report('type', family, f'{family} is a {after.types[family]}, theirs a {kind}')
    for series, value in theirs.values.items():
        if series not in before.values or series not in after.values:
            # What came or went meanwhile is in one of ours.
            if series not in before.values and series not in after.values:
                report('theirs', series, f'we lack {series} ({value:g})')
            continue
        ours = before.values[series], after.values[series]
        if not is_between(theirs.type_of(series), ours[0], value, ours[1]):
            report('value', series, f'{series} is {value!r}, ours {ours[0]!r} and then {ours[1]!r}')
    for series in before.values.keys() & after.values.keys():
        if series not in theirs.values:
            report('ours', series, f'they lack {series} ({after.values[series]:g})')

    for kind, pattern, uses in differences.rules:
        if uses == 0:
            print(f'not seen here: {kind} {pattern.pattern}')
    print('\n'.join(sorted(problems)) or f'{len(theirs.values)} series of theirs agree')
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
