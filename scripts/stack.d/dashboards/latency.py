# SPDX-License-Identifier: Apache-2.0
from grafana import (DEVICE, GROUP, I, INSTANCE, Column, Query, dashboard, heatmap, levels, lines, quantile, stat,
                     table, to_group, top, top_of_groups)

RUNQUEUE = 'node_runqueue_latency_seconds'
OF_GROUP = 'namedprocess_namegroup_runqueue_latency_seconds'
BLOCK = 'node_block_io_latency_seconds'
BLOCK_OF_GROUP = 'namedprocess_namegroup_block_io_latency_seconds'
DISK = I + ',device=~"$device"'
CPU_LIMITS = levels(0.01, 0.05)
IO_LIMITS = levels(0.05, 0.1)


def longer_than(bound):
    return '1 - sum(rate(%s_bucket{%s,le="%s"}[$__rate_interval])) / sum(rate(%s_count{%s}[$__rate_interval]))' % (
        RUNQUEUE, I, bound, RUNQUEUE, I)


NOW = [
    stat('Wait for a CPU, median', 'Half of the waits on a run queue were shorter.', quantile(0.5, RUNQUEUE, I), 's',
         CPU_LIMITS),
    stat('p99', 'One wait in a hundred was longer.', quantile(0.99, RUNQUEUE, I), 's', CPU_LIMITS),
    stat('p99.9', 'One wait in a thousand was longer.', quantile(0.999, RUNQUEUE, I), 's', levels(0.05, 0.25)),
    stat('Tasks waiting', 'Seconds of waiting a second: how many tasks stood in the queues on average.',
         'sum(rate(%s_sum{%s}[$__rate_interval]))' % (RUNQUEUE, I), steps=levels(2, 10), decimals=2),
    stat('Read, p99', 'One read of a block device in a hundred took longer, queue included.',
         quantile(0.99, BLOCK, DISK + ',op="read"'), 's', IO_LIMITS),
    stat('Write, p99', 'One write to a block device in a hundred took longer, queue included.',
         quantile(0.99, BLOCK, DISK + ',op="write"'), 's', IO_LIMITS),
    stat('Requests', 'Block requests a second.', 'sum(rate(%s_count{%s}[$__rate_interval]))' % (BLOCK, DISK), 'ops'),
    stat('CPU pressure', 'Share of the time in which some task waited for a CPU (PSI).',
         'rate(node_pressure_cpu_waiting_seconds_total{%s}[$__rate_interval])' % I, 'percentunit', levels(0.5, 0.9)),
]

CPU = [
    heatmap('Waits for a CPU', 'Each column is a moment, each row a time waited; the darker, the more waits. Counted '
            'when the wait ends, for all tasks but the idle ones.', RUNQUEUE, I),
    lines('How long a wait takes', 'Percentiles of the waits for a CPU.',
          [Query(quantile(q, RUNQUEUE, I), name) for q, name in
           ((0.5, 'median'), (0.9, 'p90'), (0.99, 'p99'), (0.999, 'p99.9'))], 's', (12, 8), min=0),
    lines('Waits that were long', 'Share of all waits that took longer than this.',
          [Query(longer_than(bound), 'longer than ' + name) for bound, name in
           (('0.001024', '1 ms'), ('0.008192', '8 ms'), ('0.065536', '66 ms'))], 'percentunit', (12, 7), min=0),
    lines('Switches', 'From a task that went to sleep (voluntary), from one that wanted to go on (involuntary), and to '
          'one that ran on another CPU before (migration).',
          [Query('rate(node_task_switches_total{%s}[$__rate_interval])' % I, '{{type}}'),
           Query('rate(node_task_migrations_total{%s}[$__rate_interval])' % I, 'migration')], 'ops', (12, 7), min=0),
]

GROUPS = [
    lines('Groups that wait longest, p99', 'The ten whose p99 was highest in the time shown.',
          [Query(top(10, 'groupname', quantile(0.99, OF_GROUP, I, 'groupname', 'WINDOW')), '{{groupname}}')], 's',
          (12, 8), links=[to_group()], min=0),
    lines('Groups that wait most', 'Seconds of waiting a second: the number of threads of the group that stood in the '
          'queues on average.',
          [Query(top_of_groups('runqueue_wait_seconds_total', I), '{{groupname}}')], 'short', (12, 8), stack=True,
          links=[to_group()], min=0),
    table('Groups', 'Groups that have waited, with what they used in the same time.', {'groupname': 'Group'}, [
        Column('p99', quantile(0.99, OF_GROUP, I, 'groupname') + ' > 0', 's', CPU_LIMITS),
        Column('Median', quantile(0.5, OF_GROUP, I, 'groupname') + ' > 0', 's', CPU_LIMITS),
        Column('Waits a second', 'sum by (groupname) (rate(%s_count{%s}[$__rate_interval])) > 0' % (OF_GROUP, I),
               'ops'),
        Column('Waiting', 'sum by (groupname) (rate(namedprocess_namegroup_runqueue_wait_seconds_total{%s}'
               '[$__rate_interval])) > 0' % I, 'percentunit'),
        Column('CPU', 'sum by (groupname) (rate(namedprocess_namegroup_cpu_seconds_total{%s}[$__rate_interval])) > 0'
               % I, 'percentunit'),
    ], (12, 8), sort='p99', links=[to_group(group='${__data.fields.Group}')]),
    heatmap('Waits of the chosen groups', 'As above, of the threads of the groups chosen at the top.', OF_GROUP,
            I + ',groupname=~"$group"'),
]

BLOCKS = [
    heatmap('Reads', 'Time from the making of a request to its completion. A second band is a second kind of '
            'request, or a cache that some of them miss.', BLOCK, DISK + ',op="read"'),
    heatmap('Writes', 'Time from the making of a request to its completion.', BLOCK, DISK + ',op="write"'),
    lines('Time of a request, p99', 'By device and operation.',
          [Query(quantile(0.99, BLOCK, DISK, 'device, op'), '{{device}} {{op}}')], 's', (6, 8), min=0),
    lines('Requests per second', 'Completed, by device and operation.',
          [Query('rate(%s_count{%s}[$__rate_interval])' % (BLOCK, DISK), '{{device}} {{op}}')], 'ops', (6, 8), min=0),
    lines('Mean size of a request', 'By device and operation: small ones cost as much time as large ones on spinning '
          'disks.', [Query('rate(node_block_io_size_bytes_sum{%s}[$__rate_interval]) / '
                           'rate(node_block_io_size_bytes_count{%s}[$__rate_interval])' % (DISK, DISK),
                           '{{device}} {{op}}')], 'bytes', (6, 8), min=0),
    lines('Requests that failed', 'By device, operation and status. None is good: the series begins with the first.',
          [Query('rate(node_block_io_errors_total{%s}[$__rate_interval])' % DISK, '{{device}} {{op}} {{status}}')],
          'ops', (6, 8), min=0),
]

OWNERS = [
    lines('Time of a request by who made it, p99', 'The ten whose p99 was highest in the time shown. What the kernel '
          'writes back later is told by container or systemd unit where they have I/O accounting, else as writeback.',
          [Query(top(10, 'groupname, op', quantile(0.99, BLOCK_OF_GROUP, I, 'groupname, op', 'WINDOW')),
                 '{{groupname}} {{op}}')], 's', (12, 8), links=[to_group()], min=0),
    lines('Requests by who made them', 'Reads and writes a second: the ten with most in the time shown.',
          [Query(top_of_groups('block_io_latency_seconds_count', I, 'groupname, op'), '{{groupname}} {{op}}')], 'ops',
          (12, 8), links=[to_group()], min=0),
]

OTHERS = [
    lines('Time blocked', 'Threads in uninterruptible sleep, for I/O or for something else; the ten groups that sleep '
          'most. Needs kernel.task_delayacct=1 or kernel.sched_schedstats=1.',
          [Query(top_of_groups('blocked_seconds_total', I, 'groupname, reason'), '{{groupname}} {{reason}}')], 'short',
          (12, 8), links=[to_group()], min=0),
    lines('Held up by CPU quotas', 'CPUs on which a quota keeps processes from running: all, and the groups that have '
          'been under one.',
          [Query('rate(host_exporter_cpu_quota_throttled_seconds_total{%s}[$__rate_interval])' % I, 'all'),
           Query(top_of_groups('cpu_quota_throttled_seconds_total', I), '{{groupname}}')], 'short', (12, 8),
          links=[to_group()], min=0),
    lines('Time on a CPU at once, p99', 'How long threads run before they are switched out, with --bpf.sched.slices; '
          'the ten groups whose p99 was highest in the time shown.',
          [Query(top(10, 'groupname', quantile(0.99, 'namedprocess_namegroup_oncpu_slice_seconds', I, 'groupname',
                                               'WINDOW')), '{{groupname}}')], 's', (12, 8), links=[to_group()], min=0),
    lines('How long a major fault takes', 'Page faults that need I/O, with --probe.fault.',
          [Query(quantile(q, 'node_major_fault_seconds', I), name) for q, name in ((0.5, 'median'), (0.99, 'p99'))],
          's', (12, 8), min=0),
]

DASHBOARD = dashboard(
    'hx-latency', 'Host latency', 'How long tasks wait for a CPU and requests for a disk, and whose.',
    [INSTANCE, DEVICE, GROUP], [('Now', NOW), ('Run queues', CPU), ('By group', GROUPS), ('Block devices', BLOCKS),
     ('Block devices, by group', OWNERS), ('What else holds them up', OTHERS)])
