# SPDX-License-Identifier: Apache-2.0
"""CPU of node scrapes on synthetic hosts: how it grows with CPUs, disks and network interfaces."""
import contextlib
import os
import tempfile

import exporters
import scrapes
import system
from report import Column, Section, ratio

# CPUs, disks, interfaces. The last one is the largest host that is asked for.
SIZES = [(64, 125, 125), (128, 250, 250), (256, 500, 500)]

COLUMNS = [Column('cpu_ms', 'CPU ms', 2), Column('wall_ms', 'wall ms', 2),
           Column('rss_mb', 'RSS MB', 1), Column('bytes', 'bytes'),
           Column('us_per_kb', 'CPU us per KB', 2)]

# What both have, and what grows with the host.
COLLECTORS = ['cpu', 'cpufreq', 'diskstats', 'interrupts', 'netclass', 'netdev', 'schedstat',
              'softnet', 'stat']

INTERFACE = {
    'addr_assign_type': 0, 'address': '02:00:00:00:00:01', 'broadcast': 'ff:ff:ff:ff:ff:ff',
    'carrier': 1, 'carrier_changes': 2, 'carrier_down_count': 1, 'carrier_up_count': 1,
    'dev_id': '0x0', 'dormant': 0, 'duplex': 'full', 'flags': '0x1003', 'ifalias': '',
    'ifindex': 2, 'iflink': 2, 'link_mode': 0, 'mtu': 1500, 'name_assign_type': 4,
    'netdev_group': 0, 'operstate': 'up', 'speed': 25000, 'tx_queue_len': 1000, 'type': 1}
BLOCK_QUEUE = {'rotational': 0, 'logical_block_size': 512}


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write('%s\n' % text)


def write_cpus(root, count):
    numbers = range(count)
    row = ' 4705 356 584 3699176 23060 0 279 0 0 0'
    stat = ['cpu ' + row] + ['cpu%d%s' % (i, row) for i in numbers]
    write(root, 'proc/stat', '\n'.join(stat + [
        'intr 114930548 113199788', 'ctxt 38014093', 'btime 1418183276', 'processes 26442',
        'procs_running 2', 'procs_blocked 0', 'softirq 5057579 250191']))
    write(root, 'proc/cpuinfo', '\n\n'.join(
        'processor\t: %d\nvendor_id\t: GenuineIntel\nmodel name\t: Synthetic\ncpu MHz\t\t: 2400.0\n'
        'physical id\t: 0\ncore id\t\t: %d\nflags\t\t: fpu' % (i, i) for i in numbers))
    columns = ''.join('%11s' % ('CPU%d' % i) for i in numbers)
    counts = ' '.join('1234567' for _ in numbers)
    write(root, 'proc/interrupts', '\n'.join([columns] + [
        '%d: %s IR-PCI-MSI edge nvme0q%d' % (i, counts, i) for i in range(64)]))
    write(root, 'proc/schedstat', '\n'.join(['version 15', 'timestamp 15819019232'] + [
        'cpu%d 0 0 0 0 0 0 2045936778163 343796328169361 4767485306' % i for i in numbers]))
    write(root, 'proc/net/softnet_stat', '\n'.join(
        '00015c73 00000000 00000769 00000000 00000000 00000000 00000000 00000000 00000000 00000000'
        ' 00000000 00000000 %08x' % i for i in numbers))
    base = 'sys/devices/system/cpu/'
    for name in ('online', 'present', 'possible'):
        write(root, base + name, '0-%d' % (count - 1))
    write(root, base + 'isolated', '')
    for i in numbers:
        cpu = base + 'cpu%d/' % i
        write(root, cpu + 'topology/core_id', i)
        write(root, cpu + 'topology/physical_package_id', 0)
        write(root, cpu + 'thermal_throttle/core_throttle_count', 1)
        write(root, cpu + 'thermal_throttle/package_throttle_count', 1)
        policy = base + 'cpufreq/policy%d/' % i
        for name, value in (('scaling_cur_freq', 2400000), ('scaling_min_freq', 800000),
                            ('scaling_max_freq', 3600000), ('cpuinfo_min_freq', 800000),
                            ('cpuinfo_max_freq', 3600000), ('scaling_governor', 'performance'),
                            ('scaling_available_governors', 'performance powersave'),
                            ('scaling_driver', 'intel_pstate'), ('affected_cpus', i),
                            ('related_cpus', i), ('cpuinfo_transition_latency', 0),
                            ('scaling_setspeed', '<unsupported>')):
            write(root, policy + name, value)
        os.symlink('../cpufreq/policy%d' % i, os.path.join(root, cpu, 'cpufreq'))


def write_disks(root, count):
    lines = []
    for i in range(count):
        name = 'nvme%dn1' % i
        lines.append('%4d %7d %s 47114 4 4643973 21650 1078320 43950 39451633 1011053 0 222766 '
                     '1032546 0 0 0 0 1 2' % (259, i, name))
        for key, value in BLOCK_QUEUE.items():
            write(root, 'sys/block/%s/queue/%s' % (name, key), value)
    write(root, 'proc/diskstats', '\n'.join(lines))


def write_interfaces(root, count):
    lines = ['Inter-|   Receive                                                |  Transmit',
             ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets '
             'errs drop fifo colls carrier compressed']
    for i in range(count):
        name = 'eth%d' % i
        lines.append('%s: 10437182923 13899359 0 0 0 0 0 0 2851649360 10726200 0 0 0 0 0 0' % name)
        for key, value in INTERFACE.items():
            write(root, 'sys/class/net/%s/%s' % (name, key), value)
    write(root, 'proc/net/dev', '\n'.join(lines))


def start(stack, setup, root):
    flags = ['--path.procfs=%s/proc' % root, '--path.sysfs=%s/sys' % root,
             '--collector.disable-defaults'] + ['--collector.' + name for name in COLLECTORS]
    started = []
    for title, argv in (('host_exporter', [setup.binaries[0][1], '--as=node_exporter']),
                        ('node_exporter', [setup.peers.node_exporter])):
        address = system.free_address()
        try:
            daemon = stack.enter_context(system.peer_daemon(
                title, argv[0], *argv[1:], '--web.listen-address=' + address, *flags))
        except system.Failed:
            continue  # the other is worth measuring
        started.append(scrapes.Measured(exporters.Exporter(title, daemon, address)))
    return started


def run(setup, seconds):
    result = Section('scale', 'Node scrapes of synthetic hosts', COLUMNS)
    least = []
    for size in SIZES:
        with contextlib.ExitStack() as stack:
            root = stack.enter_context(tempfile.TemporaryDirectory(dir='/dev/shm'))
            write_cpus(root, size[0])
            write_disks(root, size[1])
            write_interfaces(root, size[2])
            measured = start(stack, setup, root)
            for _ in range(scrapes.WARM_UP):
                for one in measured:
                    one.exporter.client.get()
            for _ in system.rounds(seconds / len(SIZES)):
                for one in measured:
                    one.scrape()
            for one in measured:
                values = one.values()
                values['us_per_kb'] = values['cpu_ms'] * 1e6 / values['bytes']
                result.row('%d CPUs, %d disks, %d interfaces: %s' %
                           (*size, one.exporter.title), **values)
            least.append(measured[0].cpu.least())
    result.budget('CPU of the largest / of the one half as large', ratio(least[-1], least[-2]),
                  '<=', 2.4)
    result.note('on files of tmpfs, which are cheaper to read than those of the kernel')
    yield result
