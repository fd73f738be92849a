# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of scrapes, beside the two exporters that are replaced."""
import contextlib
import gzip
import os
import re
import tempfile
import time

import exporters
import system
from report import Column, Samples, Section, ratio

# The same groups for everybody: one a process name.
GROUPS = 'process_names:\n  - name: "{{.Comm}}"\n    cmdline: [".+"]\n'
WARM_UP = 2  # the first scrapes name processes and open files
SETTLE_SECONDS = 0.01  # what a daemon still does after its answer belongs to the scrape

COLUMNS = [Column('cpu_ms', 'CPU ms', 2), Column('cpu_ms_median', 'median', 2),
           Column('wall_ms', 'wall ms', 2), Column('rss_mb', 'RSS MB', 1),
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
                'wall_ms': self.wall.least(), 'rss_mb': rss, 'anon_mb': anonymous,
                'bytes': len(gzip.decompress(self.body)), 'gzip_bytes': len(self.body)}


def collectors_of(body):
    return re.findall(r'^node_scrape_collector_success\{collector="(\w+)"\} 1$',
                      gzip.decompress(body).decode(), re.M)


class Scrapes:
    """All exporters at once, scraped in turn."""

    def __init__(self, stack, binaries, peers):
        config = stack.enter_context(tempfile.NamedTemporaryFile('w', suffix='.yml'))
        config.write(GROUPS)
        config.flush()
        self.notes, self.hosts = [], []
        self.node, self.groups = [], []
        for title, binary in binaries:
            host = stack.enter_context(
                exporters.HostExporter(binary, ['--config.path=' + config.name]))
            self.hosts.append(host.daemon)
            self.node.append(exporters.Exporter(title + ' (node)', host.daemon, host.node))
            self.groups.append(exporters.Exporter(title + ' (groups)', host.daemon, host.groups))
        self.ours = len(self.hosts)
        self.add_node_exporter(stack, peers)
        self.add_process_exporters(stack, peers, config.name)

    def add_node_exporter(self, stack, peers):
        ours = collectors_of(self.node[0].client.get())
        address = system.free_address()
        same = peers.collectors_of_node_exporter().intersection(ours)
        flags = ['--collector.' + name for name in sorted(same)]
        try:
            daemon = stack.enter_context(system.peer_daemon(
                'node_exporter', peers.node_exporter, '--web.listen-address=' + address,
                '--collector.disable-defaults', *flags))
            self.node.append(exporters.Exporter('node_exporter', daemon, address))
        except system.Failed as failure:
            self.notes.append(str(failure))
            return
        self.notes.append('node_exporter runs the same %d collectors; host_exporter also: %s' %
                          (len(same), ' '.join(sorted(set(ours).difference(same))) or 'none'))

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
        """Two lists of Measured: the node targets and the group targets."""
        node = [Measured(exporter) for exporter in self.node]
        groups = [Measured(exporter) for exporter in self.groups]
        for _ in range(WARM_UP):
            for measured in node + groups:
                measured.exporter.client.get()
        for _ in system.rounds(seconds):
            for measured in node + groups:
                measured.scrape()
        return node, groups

    def map_kib(self):
        """Kernel memory of all BPF maps of the daemon."""
        maps = self.hosts[0].bpf_objects()['map_id'].values()
        return sum(int(fields['memlock']) for fields in maps) / 1024 if maps else None


def section(name, measured):
    result = Section(name, 'Scrapes, %d processes' % system.process_count(), COLUMNS)
    for one in measured[1] + measured[0]:
        result.row(one.exporter.title, **one.values())
    return result


def least_cpu(measured, index):
    return measured[index].cpu.least() if index < len(measured) else None


def hold(result, scrapes, node, groups, more):
    """The budgets; for `more` processes than the machine's own."""
    first_peer = scrapes.ours
    ours = least_cpu(groups, 0)
    result.budget('groups, CPU per scrape', ours, '<=', more / 500, ' ms')
    result.budget('groups, process-exporter / ours', ratio(least_cpu(groups, first_peer), ours),
                  '>=', 50)
    result.budget('node, CPU per scrape', least_cpu(node, 0), '<=', 1, ' ms')
    result.budget('node, node_exporter / ours',
                  ratio(least_cpu(node, first_peer), least_cpu(node, 0)), '>=', 1)
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
        hold(result, scrapes, *measured, setup.more)
        yield result
