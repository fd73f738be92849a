# SPDX-License-Identifier: Apache-2.0
from grafana import (GROUP, I, INSTANCE, Column, Query, dashboard, levels, lines, quantile, stat, table, to_group, top,
                     top_of_groups)

P = 'namedprocess_namegroup_'
G = I + ',groupname=~"$group"'
LINK = [to_group()]


def rate(metric, labels=G):
    return 'rate(%s%s{%s}[$__rate_interval])' % (P, metric, labels)


def by_group(metric, labels=G):
    return Query(top_of_groups(metric, labels), '{{groupname}}')


def memory(kind):
    return Query('topk(10, %smemory_bytes{%s,memtype="%s"})' % (P, G, kind), '{{groupname}}')


def sum_by(expr):
    return 'sum by (groupname) (%s)' % expr


NOW = [
    stat('Groups', 'With at least one process.', 'count(%snum_procs{%s} > 0)' % (P, G)),
    stat('Processes', 'In the chosen groups.', 'sum(%snum_procs{%s})' % (P, G)),
    stat('Threads', 'In the chosen groups.', 'sum(%snum_threads{%s})' % (P, G)),
    stat('CPU', '100 % is one CPU.', 'sum(%s)' % rate('cpu_seconds_total'), 'percentunit'),
    stat('Resident memory', 'Shared pages count in each process; proportional memory below does not do that.',
         'sum(%smemory_bytes{%s,memtype="resident"})' % (P, G), 'bytes'),
    stat('Processes started', 'A second, those that lived between two scrapes too.',
         'sum(%s)' % rate('processes_started_total'), 'ops'),
    stat('Ended with an error, 1 h', 'Exit status other than 0.',
         'sum(increase(%sprocesses_exited_total{%s,reason="error"}[1h]))' % (P, G), decimals=0),
    stat('Killed, 1 h', 'By a signal, or by the kernel for want of memory.',
         'sum(increase(%sprocesses_exited_total{%s,reason=~"signal|oom"}[1h]))' % (P, G), steps=levels(1, 10),
         decimals=0),
]

ALL = [
    table('All groups', 'A click on the name leads to the group.', {'groupname': 'Group'}, [
        Column('Processes', sum_by('%snum_procs{%s}' % (P, G)), decimals=0),
        Column('CPU', sum_by(rate('cpu_seconds_total')), 'percentunit'),
        Column('Resident', sum_by('%smemory_bytes{%s,memtype="resident"}' % (P, G)), 'bytes'),
        Column('Proportional', sum_by('%smemory_bytes{%s,memtype="proportionalResident"}' % (P, G)), 'bytes'),
        Column('Wait for a CPU, p99', quantile(0.99, P + 'runqueue_latency_seconds', G, 'groupname') + ' > 0', 's',
               levels(0.01, 0.05)),
        Column('Descriptors used', sum_by('%sworst_fd_ratio{%s}' % (P, G)), 'percentunit', levels(0.6, 0.8)),
        Column('Started, 1 h', sum_by('increase(%sprocesses_started_total{%s}[1h])' % (P, G)), decimals=0),
        Column('Failed, 1 h', sum_by('increase(%sprocesses_exited_total{%s,reason!="exit"}[1h])' % (P, G)),
               limits=levels(1, 10), decimals=0),
        Column('Oldest', sum_by('time() - (%soldest_start_time_seconds{%s} > 0)' % (P, G)), 's'),
    ], (24, 9), sort='CPU', links=[to_group(group='${__data.fields.Group}')]),
]

USE = [
    lines('CPU by group', 'The ten that used most in the time shown. 100 % is one CPU.',
          [by_group('cpu_seconds_total')], 'percentunit', stack=True, links=LINK, min=0),
    lines('Resident memory', 'The ten with most; shared pages count in each process.', [memory('resident')], 'bytes',
          links=LINK, min=0),
    lines('Proportional memory', 'Each shared page divided among those who share it: adds up. Sampled in the '
          'background, see the age below.', [memory('proportionalResident')], 'bytes', stack=True, links=LINK, min=0),
    lines('Disk traffic by group', 'Bytes that reached the block layer: read upwards, written downwards.',
          [by_group('read_bytes_total')._replace(legend='{{groupname}} read'),
           by_group('write_bytes_total')._replace(legend='{{groupname}} written')], 'Bps', negative='written',
          links=LINK),
    lines('Swapped memory', 'The ten with most.', [memory('swapped')], 'bytes', links=LINK, min=0),
    lines('Major page faults', 'Pages that had to be read from a disk, a second.',
          [by_group('major_page_faults_total')], 'ops', links=LINK, min=0),
]

LIFE = [
    lines('Started and ended', 'Processes that began upwards, that ended downwards; also those no scrape has seen.',
          [by_group('processes_started_total')._replace(legend='{{groupname}} started'),
           by_group('processes_exited_total')._replace(legend='{{groupname}} ended')], 'ops', negative='ended',
          links=LINK),
    lines('Ends by reason', 'exit: status 0; error: another; signal; oom: by the kernel for want of memory.',
          [Query('sum by (reason) (%s)' % rate('processes_exited_total'), '{{reason}}')], 'ops', stack=True, min=0),
    lines('Killed by signal', 'Which signal ended which group\'s processes. SIGSEGV and SIGABRT are crashes.',
          [Query('sum by (groupname, signal) (%s)' % rate('processes_killed_total'), '{{groupname}} {{signal}}')],
          'ops', links=LINK, min=0),
    lines('Processes', 'The ten groups with most.', [Query('topk(10, %snum_procs{%s})' % (P, G), '{{groupname}}')],
          links=LINK, min=0),
    lines('Threads by state', 'All chosen groups. Waiting is on a disk, not to be woken.',
          [Query('sum by (state) (%sstates{%s})' % (P, G), '{{state}}')], stack=True, min=0),
    lines('Age of the oldest process', 'A line that falls to the bottom is a restart.',
          [Query('topk(10, time() - (%soldest_start_time_seconds{%s} > 0))' % (P, G), '{{groupname}}')], 's',
          links=LINK, min=0),
]

WAITS = [
    lines('Wait for a CPU, p99', 'The ten whose p99 was highest in the time shown.',
          [Query(top(10, 'groupname', quantile(0.99, P + 'runqueue_latency_seconds', G, 'groupname', 'WINDOW')),
                 '{{groupname}}')], 's', links=LINK, min=0),
    lines('Wait for a disk, p99', 'Of the reads and writes that the group asked for; the ten whose p99 was highest in '
          'the time shown.',
          [Query(top(10, 'groupname, op', quantile(0.99, P + 'block_io_latency_seconds', G, 'groupname, op', 'WINDOW')),
                 '{{groupname}} {{op}}')], 's', links=LINK, min=0),
    lines('Context switches', 'Voluntary ones wait for something, nonvoluntary ones were made to.',
          [Query('sum by (ctxswitchtype) (%s)' % rate('context_switches_total'), '{{ctxswitchtype}}')], 'ops', min=0),
    lines('What threads wait in', 'The ten kernel functions in which most threads slept; sampled.',
          [Query('topk(10, sum by (wchan) (%sthreads_wchan{%s}))' % (P, G), '{{wchan}}')], min=0),
    lines('Open descriptors', 'The ten groups with most.',
          [Query('topk(10, %sopen_filedesc{%s})' % (P, G), '{{groupname}}')], links=LINK, min=0),
    lines('Descriptors used', 'Share of its own limit that the worst process of the group uses.',
          [Query('topk(10, %sworst_fd_ratio{%s})' % (P, G), '{{groupname}}')], 'percentunit', links=LINK,
          steps=levels(0.6, 0.8), min=0),
    lines('Age of proportional memory', 'Of the oldest sample in the group\'s sum: it is measured within half a '
          'percent of a CPU.',
          [Query('topk(10, %sproportional_memory_age_seconds{%s})' % (P, G), '{{groupname}}')], 's', links=LINK, min=0),
]

DASHBOARD = dashboard(
    'hx-groups', 'Name groups', 'What the programs of a host use, how they begin, end and wait.', [INSTANCE, GROUP],
    [('Now', NOW), ('All', ALL), ('What they use', USE), ('How they live', LIFE), ('What they wait for', WAITS)])
