# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of scrapes, beside the two exporters that are replaced."""
import contextlib
import gzip
import os
import re
import time

import exporters
import system
from report import Column, Samples, Section, ratio

WARM_UP = 2  # the first scrapes name processes and open files
SETTLE_SECONDS = 0.01  # what a daemon still does after its answer belongs to the scrape

COLUMNS = [Column('cpu_ms', 'CPU ms', 2), Column('cpu_ms_median', 'median', 2),
           Column('wall_ms', 'wall ms', 2), Column('wall_ms_p99', 'p99', 2), Column('rss_mb', 'RSS MB', 1),
           Column('anon_mb', 'anon MB', 1), Column('bytes', 'bytes'), Column('gzip_bytes', 'gzip')]


class Measured:
    def __init__(self, exporter):
        self.exporter = exporter
        self.cpu, self.wall = Samples(), Samples()
        self.body = b''

    def scrape(self):
        daemon = self.exporter.daemon
        cpu, begin = daemon.cpu_seconds(), time.perf_counter()
        self.body = self.exporter.client.get()
        self.wall.add((time.perf_counter() - begin) * 1e3)
        time.sleep(SETTLE_SECONDS)
        self.cpu.add((daemon.cpu_seconds() - cpu) * 1e3)

    def values(self):
        rss, anonymous = self.exporter.daemon.memory()
        return {'cpu_ms': self.cpu.least(), 'cpu_ms_median': self.cpu.median(),
                'wall_ms': self.wall.least(), 'wall_ms_p99': self.wall.most(), 'rss_mb': rss, 'anon_mb': anonymous,
                'bytes': len(gzip.decompress(self.body)), 'gzip_bytes': len(self.body)}


def collectors_of(body):
    return re.findall(r'^node_scrape_collector_success\{collector="(\w+)"\} 1$',
                      gzip.decompress(body).decode(), re.M)


class Scrapes:
    """All exporters at once, scraped in turn."""

    def __init__(self, stack, binaries, peers):
        config = exporters.groups_config(stack)
        self.notes, self.hosts = [], []
        self.node, self.same, self.groups = [], [], []
        self.binary = binaries[0][1]
        for title, binary in binaries:
            host = stack.enter_context(
                exporters.HostExporter(binary, ['--config.path=' + config]))
            self.hosts.append(host.daemon)
            self.node.append(exporters.Exporter(title + ' (node)', host.daemon, host.node))
            self.groups.append(exporters.Exporter(title + ' (groups)', host.daemon, host.groups))
        self.ours = len(self.hosts)
        self.add_same_node(stack, peers)
        self.add_process_exporters(stack, peers, config)

    def add_same_node(self, stack, peers):
        """node_exporter, and host_exporter in its place with the collectors that both have."""
        ours = collectors_of(self.node[0].client.get())
        same = peers.collectors_of_node_exporter().intersection(ours)
        flags = ['--collector.disable-defaults'] + ['--collector.' + name for name in sorted(same)]
        try:
            for title, argv in (('host_exporter, the same', [self.binary, '--as=node_exporter']),
                                ('node_exporter', [peers.node_exporter])):
                address = system.free_address()
                daemon = stack.enter_context(system.peer_daemon(
                    title, argv[0], *argv[1:], '--web.listen-address=' + address, *flags))
                self.same.append(exporters.Exporter(title, daemon, address))
        except system.Failed as failure:
            self.notes.append(str(failure))
            self.same = []
            return
        self.notes.append('"the same" are the %d collectors that both have; host_exporter (node) '
                          'also has: %s' % (len(same), ' '.join(sorted(set(ours) - same))))

    def add_process_exporters(self, stack, peers, config):
        for title, flags in (('process-exporter', []),
                             ('process-exporter -threads=false -gather-smaps=false',
                              ['-threads=false', '-gather-smaps=false'])):
            address = system.free_address()
            try:
                daemon = stack.enter_context(system.peer_daemon(
                    'process-exporter', peers.process_exporter, '-web.listen-address=' + address,
                    '-config.path=' + config, *flags))
                self.groups.append(exporters.Exporter(title, daemon, address))
            except system.Failed as failure:
                self.notes.append(str(failure))
                return

    def measure(self, seconds):
        """Three lists of Measured: the node targets, those of the same collectors, the groups."""
        node = [Measured(exporter) for exporter in self.node]
        same = [Measured(exporter) for exporter in self.same]
        groups = [Measured(exporter) for exporter in self.groups]
        for _ in range(WARM_UP):
            for measured in node + same + groups:
                measured.exporter.client.get()
        for _ in system.rounds(seconds):
            for measured in node + same + groups:
                measured.scrape()
        return node, same, groups

    def map_kib(self):
        """Kernel memory of all BPF maps of the daemon."""
        maps = self.hosts[0].bpf_objects()['map_id'].values()
        return sum(int(fields['memlock']) for fields in maps) / 1024 if maps else None


def section(name, measured):
    result = Section(name, 'Scrapes, %d processes' % system.process_count(), COLUMNS)
    node, same, groups = measured
    for one in groups + node + same:
        result.row(one.exporter.title, **one.values())
    return result


def least_cpu(measured, index):
    return measured[index].cpu.least() if index < len(measured) else None


def hold_same(result, same):
    """The budgets of a drop-in for node_exporter."""
    if not same:
        return
    ours, theirs = same
    result.budget('node_exporter / host_exporter with the same collectors, CPU',
                  ratio(theirs.cpu.least(), ours.cpu.least()), '>=', 8)
    result.budget('the same, our p99 of wall time / their median',
                  ratio(ours.wall.most(), theirs.wall.median()), '<=', 1)
    result.budget('the same, resident memory ours / theirs',
                  ratio(ours.exporter.daemon.memory()[0], theirs.exporter.daemon.memory()[0]),
                  '<=', 0.5)


def hold(result, scrapes, node, groups, more):
    """The other budgets; for `more` processes than the machine's own."""
    first_peer = scrapes.ours
    ours = least_cpu(groups, 0)
    result.budget('groups, CPU per scrape', ours, '<=', more / 500, ' ms')
    result.budget('groups, process-exporter / ours', ratio(least_cpu(groups, first_peer), ours),
                  '>=', 50)
    result.budget('node, CPU per scrape', least_cpu(node, 0), '<=', 1, ' ms')
    result.budget('resident memory', scrapes.hosts[0].memory()[0], '<=', 15, ' MB')
    # 1 MB on 2 CPUs, 8 on 64, 32 on 256.
    result.budget('memory of BPF maps', scrapes.map_kib(), '<=',
                  max(1024, 128 * os.cpu_count()), ' KiB')


def run(setup, seconds):
    with contextlib.ExitStack() as stack:
        scrapes = Scrapes(stack, setup.binaries, setup.peers)
        yield section('scrapes', scrapes.measure(seconds * 0.3))
        stack.enter_context(system.Daemon([setup.tools + '/sleepers', str(setup.more)],
                                          says_ready=True))
        measured = scrapes.measure(seconds * 0.7)
        result = section('scrapes_many', measured)
        result.notes += scrapes.notes
        node, same, groups = measured
        hold_same(result, same)
        hold(result, scrapes, node, groups, setup.more)
        yield result
