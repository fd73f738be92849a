# SPDX-License-Identifier: Apache-2.0
from grafana import I, INSTANCE, Column, Query, dashboard, levels, lines, stat, states, table, top

X = 'host_exporter_'
TARGETS = 'up{%s,job=~"node|process"}' % I
# The daemon's own process_*, and nobody else's; both targets tell the same.
OWN = 'max by (instance) (%s and on (instance, job) host_exporter_build_info)'
UP_DOWN = {1: ('works', 'green'), 0: ('down', 'red')}


def rate(metric):
    return 'rate(%s{%s}[$__rate_interval])' % (metric, I)


def own(metric):
    return OWN % ('%s{%s}' % (metric, I))


NOW = [
    stat('Targets up', 'Of two: node and process.', 'sum(%s)' % TARGETS,
         steps=((None, 'red'), (1, 'orange'), (2, 'green'))),
    stat('Sources down', 'Kernel programs that could not be loaded: the reasons are below.',
         'count(%ssource_up{%s,reason!~"left out .*"} == 0) or vector(0)' % (X, I), steps=levels(1, 3)),
    stat('Collectors that fail', 'Those that worked within the last hour; others have nothing to tell on this host.',
         'count(node_scrape_collector_success{%s} == 0 and max_over_time(node_scrape_collector_success{%s}[1h]) == 1) '
         'or vector(0)' % (I, I), steps=levels(1, 3)),
    stat('Events lost, 1 h', 'Births and deaths of processes that found no room.',
         'sum(increase(%sevents_dropped_total{%s}[1h]))' % (X, I), steps=levels(1, 1000), decimals=0),
    stat('Configuration', 'Of the name groups: 1 is good, 0 is bad and the one before it in force.',
         'min(%sconfig_last_reload_successful{%s})' % (X, I), steps=((None, 'red'), (1, 'green'))),
    stat('Own CPU', 'Of the daemon, collecting and serving; 100 % is one CPU.', OWN % rate('process_cpu_seconds_total'),
         'percentunit', levels(0.01, 0.05), decimals=2),
    stat('Own memory', 'Resident.', own('process_resident_memory_bytes'), 'bytes', levels(64e6, 256e6)),
    stat('Runs for', 'Since the daemon was started.', 'time() - ' + own('process_start_time_seconds'), 's'),
]

SOURCES = [
    table('Sources', 'What works (1), and why something does not (0). host_exporter doctor has the remedy.',
          {'source': 'Source', 'reason': 'Reason'},
          [Column('Works', 'max by (source, reason) (%ssource_up{%s})' % (X, I),
                  limits=((None, 'red'), (1, 'green')), decimals=0)], (12, 7)),
    states('Sources over time', 'When each worked.', Query('max by (source) (%ssource_up{%s})' % (X, I), '{{source}}'),
           UP_DOWN, (12, 7)),
    table('Failing collectors', 'With success 0: most of them because the host has no such thing (no RAID, no ZFS).',
          {'collector': 'Collector'},
          [Column('Worked in the last day', 'max by (collector) (max_over_time(node_scrape_collector_success{%s}'
                  '[1d])) and on (collector) node_scrape_collector_success{%s} == 0' % (I, I),
                  limits=((None, 'text'), (1, 'red')), decimals=0)], (12, 7)),
    states('Collectors over time', 'Those that have worked in the time shown.',
           Query('node_scrape_collector_success{%s} and max_over_time(node_scrape_collector_success{%s}[$__range] '
                 '@ end()) == 1 unless min_over_time(node_scrape_collector_success{%s}[$__range] @ end()) == 1'
                 % (I, I, I), '{{collector}}'), UP_DOWN, (12, 7)),
]

SCRAPES = [
    lines('Scrapes', 'How long Prometheus waited for each target.',
          [Query('scrape_duration_seconds{%s,job=~"node|process"}' % I, '{{job}}')], 's', min=0),
    lines('Slowest collectors', 'The ten that took longest.',
          [Query('topk(10, node_scrape_collector_duration_seconds{%s})' % I, '{{collector}}')], 's', min=0),
    lines('Samples', 'In each scrape. What grows without end here, grows in Prometheus.',
          [Query('scrape_samples_scraped{%s,job=~"node|process"}' % I, '{{job}}')], min=0),
]

KERNEL = [
    lines('Time of a run', 'Of each kernel program; only while kernel.bpf_stats_enabled is 1, or host_exporter doctor '
          'runs.', [Query('%s / %s' % (rate(X + 'bpf_run_seconds_total'), rate(X + 'bpf_runs_total')), '{{program}}')],
          's', min=0),
    lines('Runs', 'A second, of each kernel program; only while the kernel counts.',
          [Query(rate(X + 'bpf_runs_total'), '{{program}}')], 'ops', min=0),
    lines('Share of a CPU', 'That each kernel program takes; only while the kernel counts.',
          [Query(rate(X + 'bpf_run_seconds_total'), '{{program}}')], 'percentunit', stack=True, min=0),
    lines('Events lost', 'Births and deaths that found no room, by map, and events that a program was not run for '
          'because it ran on that CPU already.',
          [Query(rate(X + 'events_dropped_total'), '{{map}}'),
           Query('sum by (program) (%s) > 0' % rate(X + 'bpf_recursion_misses_total'), '{{program}} missed')], 'ops',
          min=0),
    lines('Left out of histograms', 'Block requests without a start time or room, and waits with a clock that was '
          'behind.', [Query(rate(X + 'block_requests_uncounted_total'), 'requests: {{reason}}'),
                      Query(rate(X + 'runqueue_discarded_total'), 'waits')], 'ops', min=0),
    lines('CPU time by kind', 'All of it: in groups, in none, of kernel threads, and of processes whose name was lost.',
          [Query(rate(X + 'process_cpu_seconds_total'), '{{kind}}')], 'percentunit', stack=True, min=0),
]

DAEMON = [
    lines('Own use', 'CPU of the daemon (100 % is one), and descriptors as share of its limit.',
          [Query(OWN % rate('process_cpu_seconds_total'), 'CPU'),
           Query('%s / %s' % (own('process_open_fds'), own('process_max_fds')), 'descriptors')], 'percentunit', min=0),
    lines('Requests', 'For metrics, by target and status; errors by cause.',
          [Query('rate(promhttp_metric_handler_requests_total{%s}[$__rate_interval]) and on (instance, job) '
                 'host_exporter_build_info' % I, '{{job}} {{code}}')], 'ops', min=0),
    lines('Name groups', 'Processes that went to "other (limit)", and what could not be read of /proc.',
          [Query(rate(X + 'name_groups_over_limit_total'), 'over the limit'),
           Query(rate('namedprocess_scrape_errors'), 'scrape errors'),
           Query(rate('namedprocess_scrape_procread_errors'), 'processes not read'),
           Query(rate('namedprocess_scrape_partial_errors'), 'fields not read')], 'ops', min=0),
]

DASHBOARD = dashboard(
    'hx-exporter', 'Collector health', 'The daemon itself: what it cannot tell, what it costs, what it lost.',
    [INSTANCE], [('Now', NOW), ('Sources and collectors', SOURCES), ('Scrapes', SCRAPES),
                 ('Kernel programs', KERNEL), ('The daemon', DAEMON)])
