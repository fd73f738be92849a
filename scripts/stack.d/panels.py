# SPDX-License-Identifier: Apache-2.0
"""The queries of dashboards' panels, with their variables put in, asked of a Prometheus."""
import json
import pathlib
import re
import urllib.error
import urllib.parse
import urllib.request

DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / 'packaging/stack/grafana/dashboards'


def dashboards(folder=DASHBOARDS):
    return [json.loads(path.read_text(encoding='utf-8')) for path in sorted(pathlib.Path(folder).glob('*.json'))]


def panels(dashboard):
    return [panel for panel in dashboard['panels'] if panel['type'] != 'row']


def expand(text, variables):
    """$name and ${name} replaced as Grafana does; one that is not known stays and makes a bad query."""
    return re.sub(r'\$(?:\{(\w+)\}|(\w+))', lambda match: variables.get(match[1] or match[2], match[0]), text)


class Prometheus:
    def __init__(self, url):
        self.url = url.rstrip('/')

    def _ask(self, path, **parameters):
        body = urllib.parse.urlencode(parameters).encode()
        request = urllib.request.Request('%s/api/v1/%s' % (self.url, path), body)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)['data']
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error).get('error', error)) from error

    def instant(self, expr, time):
        """[(labels, value)]"""
        result = self._ask('query', query=expr, time=time)
        if result['resultType'] == 'scalar':
            return [({}, float(result['result'][1]))]
        return [(series['metric'], float(series['value'][1])) for series in result['result']]

    def over(self, expr, start, end, step):
        """[(labels, [(time, value)])]"""
        result = self._ask('query_range', query=expr, start=start, end=end, step=step)['result']
        return [(series['metric'], [(time, float(value)) for time, value in series['values']]) for series in result]

    def label_values(self, query, start, end):
        """What Grafana's label_values(selector, label) offers."""
        selector, label = re.fullmatch(r'label_values\((.*),\s*(\w+)\)', query).groups()
        series = self._ask('series', **{'match[]': selector, 'start': start, 'end': end})
        return sorted({labels[label] for labels in series if label in labels})


def choose(dashboard, prometheus, start, end, rate_interval):
    """The variables' values as Grafana chooses them: the first one, or all where that is offered."""
    values = {'__rate_interval': rate_interval, '__range': '%ds' % (end - start)}
    for variable in dashboard['templating']['list']:
        if variable['type'] == 'query':
            offered = prometheus.label_values(expand(variable['query']['query'], values), start, end)
            if not offered:
                raise ValueError('%s: nothing to choose for $%s' % (dashboard['uid'], variable['name']))
            values[variable['name']] = variable.get('allValue') or offered[0]
    return values
