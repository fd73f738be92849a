# SPDX-License-Identifier: Apache-2.0
"""What block requests cost more while somebody watches them."""
import contextlib
import json
import tempfile

import events
import exporters
import system


@contextlib.contextmanager
def file_on_disk():
    """A file below the directory of temporary files that survive a boot."""
    with tempfile.NamedTemporaryFile(dir='/var/tmp') as file:
        file.write(b'x' * system.FILE_BYTES)
        file.flush()
        yield file.name


def read(fio, path):
    """Each block once, in random order, past the page cache; yields what each took."""
    text = system.workload([
        fio, '--name=bench', '--filename=' + path, '--rw=randread', '--bs=4k', '--direct=1',
        '--ioengine=psync', '--thread', '--size=%d' % system.FILE_BYTES,
        '--loops=3', '--output-format=json'])
    job = json.loads(text)['jobs'][0]['read']
    yield job['lat_ns']['mean']


@contextlib.contextmanager
def without_owners(binary):
    with exporters.HostExporter(binary, ['--no-bpf.block.owners']) as host:
        yield host.daemon


def run(setup, seconds):
    if not setup.peers.fio:
        raise system.Failed('fio: not installed')
    places = [('requests', 'a loop device on tmpfs', system.loop_device),
              ('requests_disk', 'a file on the disk', file_on_disk)]
    binary = setup.binaries[0][1]
    for name, where, make in places:
        variants = [events.Variant('nothing')] + events.ours(setup.binaries)
        variants.append(events.Variant('host_exporter, no owners', lambda: without_owners(binary)))
        others = [events.peer('biolatency', setup.peers.biolatency)]
        with make() as path:
            notes = events.measure(variants, others, seconds / len(places),
                                   lambda: read(setup.peers.fio, path))
        result = events.table(name, 'fio randread 4 KiB on %s, per request' % where,
                              variants + others)
        result.notes += notes
        yield result
