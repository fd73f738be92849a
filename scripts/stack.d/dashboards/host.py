# SPDX-License-Identifier: Apache-2.0
from grafana import I, INSTANCE, Column, Query, dashboard, levels, lines, quantile, stat, table, to_group, top_of_groups

REAL = 'fstype!~"tmpfs|ramfs|squashfs|iso9660|erofs"'
WIRED = 'device!~"lo|veth.*|cali.*|tap.*"'
USED = '1 - node_filesystem_avail_bytes{%s,%s} / node_filesystem_size_bytes{%s,%s}' % (I, REAL, I, REAL)


def rate(metric, labels=I):
    return 'rate(%s{%s}[$__rate_interval])' % (metric, labels)


NOW = [
    stat('Up for', 'Since the last boot.', 'node_time_seconds{%s} - node_boot_time_seconds{%s}' % (I, I), 's'),
    stat('CPU busy', 'Share of the time of all CPUs that was not idle and did not wait for a disk.',
         '1 - avg(sum by (cpu) (%s))' % rate('node_cpu_seconds_total', I + ',mode=~"idle|iowait"'),
         'percentunit', levels(0.8, 0.95), min=0, max=1),
    stat('Wait for a CPU, p99', 'One wait on a run queue in a hundred took longer. Says what utilisation does not: '
         'whether anybody suffers.', quantile(0.99, 'node_runqueue_latency_seconds', I), 's', levels(0.01, 0.05)),
    stat('Memory used', 'What could not be given to programs without swapping.',
         '1 - node_memory_MemAvailable_bytes{%s} / node_memory_MemTotal_bytes{%s}' % (I, I), 'percentunit',
         levels(0.85, 0.95), min=0, max=1),
    stat('Fullest file system', 'Space that is not available to users. Which one: the table below.',
         'max(%s)' % USED, 'percentunit', levels(0.85, 0.95), min=0, max=1),
    stat('Slowest device, p99', 'One block request in a hundred took longer, queue included; the worst of devices and '
         'operations (without discards).',
         'max(%s)' % quantile(0.99, 'node_block_io_latency_seconds', I + ',op!="discard"', 'device, op'), 's',
         levels(0.05, 0.1)),
    stat('Memory pressure', 'Share of the time in which some task waited for memory (PSI). None without PSI: EL needs '
         'psi=1 on the kernel\'s command line.', rate('node_pressure_memory_waiting_seconds_total'), 'percentunit',
         levels(0.05, 0.2)),
    stat('Alerts', 'Firing for this host. The runbook has a section for each.',
         'count(ALERTS{alertstate="firing",%s}) or vector(0)' % I, steps=levels(1, 3)),
]

CPU = [
    lines('CPU by mode', 'Share of all CPUs. Steal is what the hypervisor gave to others.',
          [Query('avg by (mode) (%s)' % rate('node_cpu_seconds_total', I + ',mode!="idle"'), '{{mode}}')],
          'percentunit', (12, 8), stack=True, min=0, max=1),
    lines('Tasks', 'Runnable and blocked tasks beside the number of CPUs: above it, they wait.',
          [Query('node_procs_running{%s}' % I, 'runnable'), Query('node_procs_blocked{%s}' % I, 'blocked on I/O'),
           Query('node_load1{%s}' % I, 'load, 1 min'),
           Query('count(count by (cpu) (node_cpu_seconds_total{%s}))' % I, 'CPUs')], size=(12, 8), min=0),
    lines('Memory', 'What the memory is used for; swap in use is on top of it.', [
        Query(' - '.join('node_memory_%s_bytes{%s}' % (part, I) for part in
                         ('MemTotal', 'MemFree', 'Buffers', 'Cached', 'SReclaimable')), 'programs and kernel'),
        Query('node_memory_Cached_bytes{%s} + node_memory_Buffers_bytes{%s}' % (I, I), 'page cache'),
        Query('node_memory_SReclaimable_bytes{%s}' % I, 'reclaimable slab'),
        Query('node_memory_MemFree_bytes{%s}' % I, 'free'),
        Query('node_memory_SwapTotal_bytes{%s} - node_memory_SwapFree_bytes{%s}' % (I, I), 'swap in use')],
          'bytes', (12, 8), stack=True, min=0),
    lines('Pressure', 'Share of the time in which some task (waiting) or all tasks (stalled) stood still for want of '
          'it (PSI).',
          [Query(rate('node_pressure_%s_seconds_total' % what), what.replace('_', ' ')) for what in
           ('cpu_waiting', 'io_waiting', 'io_stalled', 'memory_waiting', 'memory_stalled')],
          'percentunit', (12, 8), min=0),
]

DISKS = [
    lines('Disk traffic', 'Bytes of block devices: read upwards, written downwards.',
          [Query(rate('node_disk_read_bytes_total'), '{{device}} read'),
           Query(rate('node_disk_written_bytes_total'), '{{device}} written')], 'Bps', negative='written'),
    lines('Time of a block request, p99', 'Queue and device together, by device and operation.',
          [Query(quantile(0.99, 'node_block_io_latency_seconds', I, 'device, op'), '{{device}} {{op}}')], 's', min=0),
    lines('Disk in use', 'Share of the time in which the device had a request. 100 % is not full on devices that work '
          'on many at once: look at the time of a request.',
          [Query(rate('node_disk_io_time_seconds_total'), '{{device}}')], 'percentunit', min=0, max=1),
    table('File systems', 'By mount point.', {'mountpoint': 'Mounted at', 'device': 'Device', 'fstype': 'Type'}, [
        Column('Used', 'max by (mountpoint, device, fstype) (%s)' % USED, 'percentunit', levels(0.85, 0.95)),
        Column('Available', 'max by (mountpoint, device, fstype) (node_filesystem_avail_bytes{%s,%s})' % (I, REAL),
               'bytes'),
        Column('Size', 'max by (mountpoint, device, fstype) (node_filesystem_size_bytes{%s,%s})' % (I, REAL), 'bytes'),
        Column('Inodes used', 'max by (mountpoint, device, fstype) (1 - node_filesystem_files_free{%s,%s} / '
               'node_filesystem_files{%s,%s})' % (I, REAL, I, REAL), 'percentunit', levels(0.85, 0.95)),
        Column('Read-only', 'max by (mountpoint, device, fstype) (node_filesystem_readonly{%s,%s})' % (I, REAL)),
    ], (24, 6), sort='Used'),
]

NETWORK = [
    lines('Network traffic', 'Bits of network devices: received upwards, sent downwards.',
          [Query('8 * ' + rate('node_network_receive_bytes_total', '%s,%s' % (I, WIRED)), '{{device}} received'),
           Query('8 * ' + rate('node_network_transmit_bytes_total', '%s,%s' % (I, WIRED)), '{{device}} sent')],
          'bps', negative='sent'),
    lines('Network errors and drops', 'Packets that were lost on the way through this host.',
          [Query('%s + %s' % (rate('node_network_%s_errs_total' % way, '%s,%s' % (I, WIRED)),
                              rate('node_network_%s_drop_total' % way, '%s,%s' % (I, WIRED))), '{{device}} ' + way)
           for way in ('receive', 'transmit')], 'pps', min=0),
    lines('TCP', 'Connections begun and accepted, and segments sent again.',
          [Query(rate('node_netstat_Tcp_ActiveOpens'), 'begun'),
           Query(rate('node_netstat_Tcp_PassiveOpens'), 'accepted'),
           Query(rate('node_netstat_Tcp_RetransSegs'), 'sent again')], 'ops', min=0),
]

WORK = [
    lines('Groups by CPU', 'The ten that used most in the time shown. 100 % is one CPU.',
          [Query(top_of_groups('cpu_seconds_total', I), '{{groupname}}')], 'percentunit', stack=True,
          links=[to_group()], min=0),
    lines('Groups by memory', 'The ten with most resident memory; shared pages count in each process.',
          [Query('topk(10, namedprocess_namegroup_memory_bytes{%s,memtype="resident"})' % I, '{{groupname}}')],
          'bytes', links=[to_group()], min=0),
    lines('Kernel at work', 'Switches from task to task, interrupts, and new tasks, a second.',
          [Query(rate('node_context_switches_total'), 'switches'), Query(rate('node_intr_total'), 'interrupts'),
           Query(rate('node_forks_total'), 'forks')], 'ops', min=0),
]


def of_groups(what):
    return top_of_groups('tcp_%s_total' % what, I)


TCP = [
    lines('TCP bytes by group', 'Written to sockets and read from them. With --probe.tcp, on Linux 6.3 or later.',
          [Query(of_groups('sent_bytes'), '{{groupname}} sent'),
           Query(of_groups('received_bytes'), '{{groupname}} received')], 'Bps', (12, 8), links=[to_group()], min=0),
    lines('TCP connections by group', 'Opened by the group and by others to it, and segments sent again. With '
          '--probe.tcp.',
          [Query(of_groups('connects'), '{{groupname}} opens'), Query(of_groups('accepts'), '{{groupname}} accepts'),
           Query(of_groups('retransmits'), '{{groupname}} sends again')], 'ops', (12, 8), links=[to_group()], min=0),
]

DASHBOARD = dashboard(
    'hx-host', 'Host overview', 'One host: is it well, and if not, where to look.', [INSTANCE],
    [('Now', NOW), ('CPU and memory', CPU), ('Disks', DISKS), ('Network', NETWORK), ('Who', WORK),
     ('TCP', TCP)])
