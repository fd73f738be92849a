# SPDX-License-Identifier: Apache-2.0
"""How host_exporter and its peers are started."""
import re
import tempfile
from typing import NamedTuple

import system


# The same groups for everybody: one a process name.
GROUPS = 'process_names:\n  - name: "{{.Comm}}"\n    cmdline: [".+"]\n'


def groups_config(stack):
    """A file with the groups, for as long as the stack."""
    config = stack.enter_context(tempfile.NamedTemporaryFile('w', suffix='.yml'))
    config.write(GROUPS)
    config.flush()
    return config.name


class Exporter:
    """A row of the tables: one target of a daemon."""

    def __init__(self, title, daemon, address):
        self.title, self.daemon = title, daemon
        self.client = system.Client(address)
        self.client.wait(daemon)


class HostExporter:
    def __init__(self, binary, flags=()):
        self.node, self.groups = system.free_address(), system.free_address()
        self.daemon = system.Daemon([binary, '--web.listen-address=' + self.node,
                                     '--web.process-listen-address=' + self.groups, *flags])
        try:
            system.Client(self.groups).wait(self.daemon)
        except system.Failed:
            self.daemon.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.stop()


class Peers:
    """What of the distribution's programs is here."""

    def __init__(self):
        self.node_exporter = system.find_tool('prometheus-node-exporter', 'node_exporter')
        self.process_exporter = system.find_tool('prometheus-process-exporter', 'process-exporter')
        self.runqlat = system.find_tool('runqlat', 'bpf-runqlat')
        self.biolatency = system.find_tool('biolatency', 'bpf-biolatency')
        self.execsnoop = system.find_tool('execsnoop', 'bpf-execsnoop')
        self.exitsnoop = system.find_tool('exitsnoop', 'bpf-exitsnoop')
        self.bpftrace = system.find_tool('bpftrace')
        self.fio = system.find_tool('fio')
        self.perf = system.find_tool('perf')

    def versions(self):
        def of(tool, flag, pattern):
            found = tool and re.search(pattern, system.output([tool, flag]))
            return found.group(1) if found else ('unknown' if tool else 'not installed')

        exporter = r'(?:version|revision:) (\d[^,)\s]*)'
        return {
            'node_exporter': of(self.node_exporter, '--version', exporter),
            'process-exporter': of(self.process_exporter, '-version', exporter),
            'runqlat': of(self.runqlat, '--version', r'runqlat (\S+)'),
            'biolatency': of(self.biolatency, '--version', r'biolatency (\S+)'),
            'bpftrace': of(self.bpftrace, '--version', r'v(\S+)'),
            'fio': of(self.fio, '--version', r'fio-(\S+)'),
            'perf': of(self.perf, '--version', r'version (\S+)'),
        }

    def collectors_of_node_exporter(self):
        if not self.node_exporter:
            return set()
        return set(re.findall(r'--(?:\[no-\])?collector\.(\w+)[ =]',
                              system.output([self.node_exporter, '--help'])))


class Setup(NamedTuple):
    """What all sections are given."""
    binaries: list  # (title, path of a host_exporter); the budgets are for the first
    peers: Peers
    tools: str  # directory of our own
    more: int   # processes, for the scrapes


def start_groups(stack, setup, config):
    """The groups of the first host_exporter."""
    title, binary = setup.binaries[0]
    host = stack.enter_context(HostExporter(binary, ['--config.path=' + config]))
    return Exporter(title, host.daemon, host.groups)
