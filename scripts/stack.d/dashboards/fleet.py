# SPDX-License-Identifier: Apache-2.0
from grafana import Column, Query, bars, dashboard, levels, lines, quantile, stat, states, table, to_host, top

REAL = 'fstype!~"tmpfs|ramfs|squashfs|iso9660|erofs"'
TARGETS = 'up{job=~"node|process"}'
BUSY_IN = '1 - avg by (instance) (sum by (instance, cpu) (rate(node_cpu_seconds_total{mode=~"idle|iowait"}WINDOW)))'
BUSY = BUSY_IN.replace('WINDOW', '[$__rate_interval]')
MEMORY = 'max by (instance) (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)'
FULLEST = 'max by (instance) (1 - node_filesystem_avail_bytes{%s} / node_filesystem_size_bytes{%s})' % (REAL, REAL)
CPU_WAIT = quantile(0.99, 'node_runqueue_latency_seconds', '', 'instance')
DISK_WAIT = 'max by (instance) (%s)' % quantile(0.99, 'node_block_io_latency_seconds', 'op!="discard"',
                                                'instance, device, op')
FIRING = 'ALERTS{alertstate="firing"}'
CPU_LIMITS, DISK_LIMITS, SHARE = levels(0.01, 0.05), levels(0.05, 0.1), levels(0.85, 0.95)
LINK = [to_host()]


def worst(title, text, expr, unit, steps, **defaults):
    return bars(title, text, Query('topk(10, %s)' % expr, '{{instance}}'), unit, steps, links=LINK, **defaults)


NOW = [
    stat('Hosts', 'That answer on at least one target.', 'count(max by (instance) (%s) == 1)' % TARGETS),
    stat('Targets down', 'That do not answer. Each host has two.', 'count(%s == 0) or vector(0)' % TARGETS,
         steps=levels(1, 3)),
    stat('Alerts', 'Firing, all hosts.', 'count(%s) or vector(0)' % FIRING, steps=levels(1, 5)),
    stat('Sources down', 'Kernel programs that could not be loaded, all hosts.',
         'count(host_exporter_source_up{reason!~"left out .*"} == 0) or vector(0)', steps=levels(1, 10)),
    stat('CPU busy', 'Mean of all hosts.', 'avg(%s)' % BUSY, 'percentunit', levels(0.8, 0.95), min=0, max=1),
    stat('Worst wait for a CPU, p99', 'Of all hosts.', 'max(%s)' % CPU_WAIT, 's', CPU_LIMITS),
    stat('Worst block request, p99', 'Of all hosts, devices and operations.', 'max(%s)' % DISK_WAIT, 's', DISK_LIMITS),
    stat('Killed for memory, 1 h', 'Processes that the kernel killed, all hosts.',
         'sum(increase(node_vmstat_oom_kill[1h]))', steps=levels(1, 3), decimals=0),
]

HOSTS = [
    table('Hosts', 'A click on the name leads to the host.', {'instance': 'Host'}, [
        Column('CPU busy', BUSY, 'percentunit', levels(0.8, 0.95)),
        Column('Wait for a CPU, p99', CPU_WAIT, 's', CPU_LIMITS),
        Column('Memory used', MEMORY, 'percentunit', SHARE),
        Column('Fullest file system', FULLEST, 'percentunit', SHARE),
        Column('Block request, p99', DISK_WAIT, 's', DISK_LIMITS),
        Column('Processes', 'sum by (instance) (namedprocess_namegroup_num_procs)', decimals=0),
        Column('CPUs', 'count by (instance) (count by (instance, cpu) (node_cpu_seconds_total))', decimals=0),
        Column('Up for', 'max by (instance) (node_time_seconds - node_boot_time_seconds)', 's'),
        Column('Alerts', 'count by (instance) (%s) or 0 * max by (instance) (%s)' % (FIRING, TARGETS),
               limits=levels(1, 3), decimals=0),
    ], (24, 9), sort='Wait for a CPU, p99', links=[to_host('${__data.fields.Host}')]),
    table('Alerts', 'What fires now. Nothing is good. The runbook has a section for each.',
          {'instance': 'Host', 'alertname': 'Alert', 'severity': 'Severity', 'groupname': 'Group', 'device': 'Device',
           'mountpoint': 'Mounted at', 'source': 'Source', 'collector': 'Collector'},
          [Column('Firing', 'max by (instance, alertname, severity, groupname, device, mountpoint, source, collector) '
                  '(%s)' % FIRING)], (12, 8), links=[to_host('${__data.fields.Host}')]),
    states('Targets', 'When each answered.', Query(TARGETS, '{{instance}} {{job}}'),
           {1: ('up', 'green'), 0: ('down', 'red')}),
]

WORST = [
    worst('CPU busy', 'The ten busiest.', BUSY, 'percentunit', levels(0.8, 0.95), max=1),
    worst('Wait for a CPU, p99', 'The ten where tasks wait longest.', CPU_WAIT, 's', CPU_LIMITS),
    worst('Memory used', 'The ten with least left.', MEMORY, 'percentunit', SHARE, max=1),
    worst('Fullest file system', 'The ten with the fullest.', FULLEST, 'percentunit', SHARE, max=1),
    worst('Block request, p99', 'The ten with the slowest device.', DISK_WAIT, 's', DISK_LIMITS),
    worst('Clock off by', 'From the time server: the ten worst.', 'abs(node_timex_offset_seconds)', 's',
          levels(0.01, 0.05)),
]

OVER_TIME = [
    lines('CPU busy', 'The ten that were busiest in the time shown.',
          [Query(top(10, 'instance', BUSY_IN), '{{instance}}')], 'percentunit', links=LINK, min=0, max=1),
    lines('Wait for a CPU, p99', 'The ten that were worst in the time shown.',
          [Query(top(10, 'instance', quantile(0.99, 'node_runqueue_latency_seconds', '', 'instance', 'WINDOW')),
                 '{{instance}}')], 's', links=LINK, min=0),
    lines('Memory pressure', 'Share of the time in which some task waited for memory: the ten worst.',
          [Query(top(10, 'instance', 'max by (instance) (rate(node_pressure_memory_waiting_seconds_totalWINDOW))'),
                 '{{instance}}')], 'percentunit', links=LINK, min=0),
    lines('Programs by CPU', 'Name groups summed over all hosts: the ten that used most. 100 % is one CPU.',
          [Query(top(10, 'groupname', 'sum by (groupname) (rate(namedprocess_namegroup_cpu_seconds_totalWINDOW))'),
                 '{{groupname}}')], 'percentunit', stack=True, min=0),
    lines('Programs that fail', 'Processes that ended with an error or by a signal: the ten worst.',
          [Query(top(10, 'instance, groupname', 'sum by (instance, groupname) (rate('
                     'namedprocess_namegroup_processes_exited_total{reason!="exit"}WINDOW))') + ' > 0',
                 '{{instance}} {{groupname}}')], 'ops', links=LINK, min=0),
    table('Versions', 'Of the daemon, by host.', {'version': 'Version', 'revision': 'Revision', 'compiler': 'Compiler'},
          [Column('Hosts', 'count by (version, revision, compiler) (max by (instance, version, revision, compiler) '
                  '(host_exporter_build_info))', decimals=0)], (8, 8), sort='Hosts'),
]

DASHBOARD = dashboard(
    'hx-fleet', 'Fleet', 'All hosts: which one needs somebody.', [],
    [('Now', NOW), ('Hosts', HOSTS), ('Worst now', WORST), ('Over time', OVER_TIME)])
