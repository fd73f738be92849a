# SPDX-License-Identifier: Apache-2.0
"""What the tests of rules and dashboards share: the metrics in a PromQL expression, those that exist."""
import re

STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
LABELS = re.compile(r'\{[^{}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)')
NAME = re.compile(r'(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])')
KEYWORDS = {'and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right',
            'inf', 'Inf', 'nan', 'NaN', 'start', 'end'}
DURATION = re.compile(r'(?<![\w:])\d+(?:ms|[smhdwy])\b')
# What Prometheus adds to every scrape, and keeps for alerts.
OF_PROMETHEUS = {'up', 'scrape_duration_seconds', 'scrape_samples_scraped', 'ALERTS'}


def metrics_in(expression):
    """The names of metrics: what is left without strings, label lists, functions and keywords."""
    text = LABELS.sub(' ', STRING.sub('""', expression))
    return {name for name in NAME.findall(DURATION.sub(' ', text)) if name not in KEYWORDS}


def metrics_of(texts, readme):
    """What the daemon exports: the samples of expositions, and the full names of README's table."""
    names = set()
    for text in texts:
        names.update(re.findall(r'^([a-zA-Z_:][\w:]*)[{ ]', text, re.MULTILINE))
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if line.startswith('|') and len(cells) == 4:
            for name in re.findall(r'`(\w+)`', cells[0]):
                names.update([name] if cells[1] != 'histogram' else
                             [name + suffix for suffix in ('_bucket', '_sum', '_count')])
    return names
