# SPDX-License-Identifier: Apache-2.0
"""Panels and dashboards as Grafana's JSON (schema 39: Grafana 10 to 12), as far as ours need them."""
from typing import NamedTuple

TAG = 'host_exporter'
SOURCE = {'type': 'prometheus', 'uid': '${datasource}'}
I = 'instance="$instance"'
WIDTH = 24

CALM = ((None, 'text'),)


class Query(NamedTuple):
    expr: str
    legend: str = ''


class Column(NamedTuple):
    """A column of a table: the value of an expression that has one series for each row."""
    title: str
    expr: str
    unit: str = 'short'
    limits: tuple = ()
    decimals: int = None


def levels(orange, red):
    return ((None, 'green'), (orange, 'orange'), (red, 'red'))


def top(count, by, expr):
    """The series that are largest over the whole range shown, so that lines do not come and go. WINDOW in
    the expression stands for its range."""
    return '%s and on (%s) topk(%d, %s)' % (
        expr.replace('WINDOW', '[$__rate_interval]'), by, count, expr.replace('WINDOW', '[$__range] @ end()'))


def top_of_groups(metric, labels, by='groupname'):
    """The ten groups with most of a counter, as rate."""
    return top(10, by, 'sum by (%s) (rate(namedprocess_namegroup_%s{%s}WINDOW))' % (by, metric, labels))


def quantile(q, metric, labels, by='', window='[$__rate_interval]'):
    by = ', '.join(filter(None, (by, 'le')))
    return 'histogram_quantile(%s, sum by (%s) (rate(%s_bucket{%s}%s)))' % (q, by, metric, labels, window)


def link(title, uid, **variables):
    """A link that keeps the data source and the time."""
    extra = ''.join('&var-%s=%s' % item for item in variables.items())
    return {'title': title, 'url': '/d/%s?var-datasource=${datasource}%s&${__url_time_range}' % (uid, extra)}


def to_group(instance='$instance', group='${__field.labels.groupname}'):
    return link('Group', 'hx-groups', instance=instance, group=group)


def to_host(instance='${__field.labels.instance}'):
    return link('Host', 'hx-host', instance=instance)


def _targets(queries, **extra):
    return [dict({'refId': chr(ord('A') + n), 'datasource': SOURCE, 'expr': query.expr,
                  'legendFormat': query.legend or '__auto', 'editorMode': 'code', 'range': True}, **extra)
            for n, query in enumerate(queries)]


def _thresholds(steps):
    return {'mode': 'absolute', 'steps': [{'value': value, 'color': color} for value, color in steps]}


def _panel(kind, title, text, queries, size, unit, steps=((None, 'green'),), options=None, custom=None,
           defaults=None, overrides=(), links=(), **more):
    field = {'unit': unit, 'thresholds': _thresholds(steps), 'links': list(links), **(defaults or {})}
    if custom:
        field['custom'] = custom
    return {'type': kind, 'title': title, 'description': text, 'datasource': SOURCE,
            'targets': _targets(queries, **more.pop('target', {})), 'gridPos': dict(zip('wh', size)),
            'fieldConfig': {'defaults': field, 'overrides': list(overrides)}, 'options': options or {}, **more}


def stat(title, text, expr, unit='short', steps=CALM, size=(3, 4), links=(), **defaults):
    return _panel('stat', title, text, [Query(expr)], size, unit, steps, links=links,
                  defaults={'color': {'mode': 'thresholds'}, **defaults},
                  options={'reduceOptions': {'calcs': ['lastNotNull'], 'fields': '', 'values': False},
                           'colorMode': 'value', 'graphMode': 'area', 'textMode': 'auto'})


def lines(title, text, queries, unit='short', size=(8, 8), stack=False, negative='', links=(), steps=None,
          **defaults):
    """Series over time. Those whose legend ends with `negative` are drawn downwards."""
    custom = {'drawStyle': 'line', 'lineWidth': 1, 'fillOpacity': 40 if stack else 8, 'showPoints': 'never',
              'spanNulls': False, 'stacking': {'mode': 'normal' if stack else 'none', 'group': 'A'},
              'thresholdsStyle': {'mode': 'dashed' if steps else 'off'}}
    overrides = []
    if negative:
        overrides.append({'matcher': {'id': 'byRegexp', 'options': '/ %s$/' % negative},
                          'properties': [{'id': 'custom.transform', 'value': 'negative-Y'}]})
    return _panel('timeseries', title, text, queries, size, unit, steps or ((None, 'green'),), custom=custom,
                  overrides=overrides, links=links, defaults={'color': {'mode': 'palette-classic'}, **defaults},
                  options={'legend': {'displayMode': 'table', 'placement': 'bottom', 'showLegend': True,
                                      'calcs': ['mean', 'max'], 'sortBy': 'Mean', 'sortDesc': True},
                           'tooltip': {'mode': 'multi', 'sort': 'desc'}})


def heatmap(title, text, metric, labels, size=(12, 8), unit='s'):
    """The buckets of a histogram over time; the color is how many fell in."""
    expr = 'sum by (le) (increase(%s_bucket{%s}[$__rate_interval]))' % (metric, labels)
    return _panel('heatmap', title, text, [Query(expr, '{{le}}')], size, 'short',
                  target={'format': 'heatmap'}, options={
        'calculate': False, 'cellGap': 1, 'color': {'mode': 'scheme', 'scheme': 'Oranges', 'fill': 'dark-orange',
                                                    'scale': 'exponential', 'exponent': 0.5, 'steps': 64,
                                                    'reverse': False},
        'exemplars': {'color': 'rgba(255,0,255,0.7)'}, 'filterValues': {'le': 1e-9}, 'legend': {'show': True},
        'rowsFrame': {'layout': 'auto'}, 'showValue': 'never',
        'tooltip': {'show': True, 'mode': 'single', 'yHistogram': True, 'showColorScale': False},
        'yAxis': {'axisPlacement': 'left', 'reverse': False, 'unit': unit}})


def bars(title, text, query, unit='short', steps=((None, 'green'),), size=(8, 8), links=(), **defaults):
    """One bar a series, as it is now."""
    return _panel('bargauge', title, text, [query], size, unit, steps, links=links,
                  target={'instant': True, 'range': False},
                  defaults={'color': {'mode': 'thresholds'}, 'min': 0, **defaults},
                  options={'displayMode': 'gradient', 'orientation': 'horizontal', 'showUnfilled': True,
                           'valueMode': 'color', 'namePlacement': 'auto', 'sizing': 'auto', 'minVizHeight': 16,
                           'minVizWidth': 8,
                           'reduceOptions': {'calcs': ['lastNotNull'], 'fields': '', 'values': False}})


def states(title, text, query, names, size=(12, 8)):
    """A band for each series that shows when it was in which state; names: value to (text, color)."""
    mappings = [{'type': 'value', 'options': {str(value): {'text': name, 'color': color, 'index': n}
                                              for n, (value, (name, color)) in enumerate(names.items())}}]
    return _panel('state-timeline', title, text, [query], size, 'short',
                  custom={'fillOpacity': 70, 'lineWidth': 0, 'spanNulls': False},
                  defaults={'color': {'mode': 'thresholds'}, 'mappings': mappings},
                  options={'mergeValues': True, 'showValue': 'never', 'alignValue': 'left', 'rowHeight': 0.8,
                           'legend': {'displayMode': 'list', 'placement': 'bottom', 'showLegend': True},
                           'tooltip': {'mode': 'single', 'sort': 'none'}})


def table(title, text, keys, columns, size=(24, 10), sort=None, links=()):
    """A row for each combination of the labels `keys` (label to title), as it is now."""
    renamed = dict(keys)
    overrides = []
    for n, column in enumerate(columns):
        renamed['Value' if len(columns) == 1 else 'Value #' + chr(ord('A') + n)] = column.title
        properties = [{'id': 'unit', 'value': column.unit}]
        if column.decimals is not None:
            properties.append({'id': 'decimals', 'value': column.decimals})
        if column.limits:
            properties += [{'id': 'thresholds', 'value': _thresholds(column.limits)},
                           {'id': 'custom.cellOptions', 'value': {'type': 'color-text'}}]
        overrides.append({'matcher': {'id': 'byName', 'options': column.title}, 'properties': properties})
    first = next(iter(keys.values()))
    if links:
        overrides.append({'matcher': {'id': 'byName', 'options': first},
                          'properties': [{'id': 'links', 'value': list(links)}]})
    order = list(keys) + [name for name in renamed if name not in keys]
    return _panel('table', title, text, [Query(column.expr) for column in columns], size, 'short',
                  custom={'align': 'auto', 'cellOptions': {'type': 'auto'}, 'filterable': True},
                  defaults={'color': {'mode': 'thresholds'}}, overrides=overrides,
                  target={'instant': True, 'range': False, 'format': 'table'},
                  options={'showHeader': True, 'cellHeight': 'sm',
                           'sortBy': [{'displayName': sort or first, 'desc': sort is not None}]},
                  transformations=[{'id': 'merge', 'options': {}},
                                   {'id': 'organize', 'options': {
                                       'excludeByName': {'Time': True}, 'renameByName': renamed,
                                       'indexByName': {name: n for n, name in enumerate(order)}}}])


def variable(name, label, query, multi=False):
    every = {'allValue': '.*', 'current': {'selected': True, 'text': ['All'], 'value': ['$__all']}}
    return {'type': 'query', 'name': name, 'label': label, 'datasource': SOURCE, 'definition': query,
            'query': {'query': query, 'refId': 'Variable-' + name}, 'refresh': 2, 'sort': 1, 'hide': 0, 'regex': '',
            'multi': multi, 'includeAll': multi, 'options': [], **(every if multi else {})}


DATASOURCE = {'type': 'datasource', 'name': 'datasource', 'label': 'Data source', 'query': 'prometheus', 'hide': 0,
              'refresh': 1, 'regex': '', 'multi': False, 'includeAll': False, 'options': []}
INSTANCE = variable('instance', 'Host', 'label_values(host_exporter_build_info, instance)')
GROUP = variable('group', 'Group', 'label_values(namedprocess_namegroup_num_procs{%s}, groupname)' % I, multi=True)
DEVICE = variable('device', 'Device', 'label_values(node_block_io_latency_seconds_count{%s}, device)' % I, multi=True)


def _layout(sections):
    """Lines up the panels of each section from left to right, and numbers them."""
    panels, y = [], 0
    for title, members in sections:
        panels.append({'type': 'row', 'title': title, 'collapsed': False, 'panels': [],
                       'gridPos': {'h': 1, 'w': WIDTH, 'x': 0, 'y': y}})
        x, y, height = 0, y + 1, 0
        for panel in members:
            size = panel['gridPos']
            if x + size['w'] > WIDTH:
                x, y, height = 0, y + height, 0
            panels.append(dict(panel, gridPos={'h': size['h'], 'w': size['w'], 'x': x, 'y': y}))
            x, height = x + size['w'], max(height, size['h'])
        y += height
    return [dict(panel, id=number) for number, panel in enumerate(panels, 1)]


def dashboard(uid, title, text, variables, sections):
    return {'uid': uid, 'title': title, 'description': text, 'tags': [TAG], 'schemaVersion': 39, 'version': 1,
            'editable': True, 'graphTooltip': 1, 'timezone': 'browser', 'refresh': '30s', 'fiscalYearStartMonth': 0,
            'time': {'from': 'now-1h', 'to': 'now'}, 'timepicker': {}, 'id': None,
            'links': [{'type': 'dashboards', 'title': '', 'tags': [TAG], 'asDropdown': False, 'includeVars': True,
                       'keepTime': True, 'targetBlank': False, 'icon': 'external link', 'tooltip': '', 'url': ''}],
            'annotations': {'list': []}, 'templating': {'list': [DATASOURCE, *variables]},
            'panels': _layout(sections)}
