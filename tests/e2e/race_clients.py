#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""race_clients.py SECONDS NODE GROUPS PID CONFIGS CONFIG: scrapes both targets of the daemon from
many clients at once while it is told again and again to read another configuration, and fails
where an answer is neither 200 nor 503, or where a counter falls from one scrape to the next."""
import gzip
import os
import random
import re
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

FEW = 'collect%5B%5D=stat&collect%5B%5D=loadavg'
MANY = 'exclude%5B%5D=diskstats'
SERIES = re.compile(r'^([A-Za-z_:][\w:]*)(\{.*\})? (\S+)$')
LEAST_SCRAPES = 20


class Broken(Exception):
    pass


class Client(threading.Thread):
    """One of those that run until the time is over; keeps what broke it."""

    def __init__(self, end):
        super().__init__()
        self.end, self.broken = end, None
        self.done = self.refused = 0

    def run(self):
        try:
            while time.monotonic() < self.end:
                self.once()
        except Exception as error:  # whatever it is, the others go on and main() tells
            self.broken = '%s: %s' % (self.what(), error)


class Scraper(Client):
    def __init__(self, end, url, packed):
        super().__init__(end)
        self.url, self.packed = url, packed
        self.counters = {}

    def what(self):
        return self.url + (' (gzip)' if self.packed else '')

    def once(self):
        request = urllib.request.Request(self.url)
        if self.packed:
            request.add_header('Accept-Encoding', 'gzip')
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                body = response.read()
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            self.refused += 1
            time.sleep(random.uniform(0, 0.05))
            return
        self.compare((gzip.decompress(body) if self.packed else body).decode())
        self.done += 1

    def compare(self, text):
        types = dict(re.findall(r'^# TYPE (\S+) (\S+)$', text, re.M))
        for line in text.splitlines():
            series = SERIES.match(line)
            if not series:
                if not line.startswith('#'):
                    raise Broken('no sample: ' + line)
                continue
            name, labels, value = series.groups()
            base = re.sub('_(bucket|sum|count)$', '', name)
            if types.get(name) != 'counter' and types.get(base) != 'histogram':
                continue
            key, value = name + (labels or ''), float(value)
            if value < self.counters.get(key, value):
                raise Broken('%s falls from %r to %r' % (key, self.counters[key], value))
            self.counters[key] = value


class Reloader(Client):
    """By POST, which answers for the file that is there, and by signal."""

    def __init__(self, end, groups, pid, configs, config):
        super().__init__(end)
        self.url, self.pid, self.configs, self.config = groups + '/-/reload', pid, configs, config

    def what(self):
        return self.url

    def once(self):
        name = random.choice(sorted(os.listdir(self.configs)))
        shutil.copy(os.path.join(self.configs, name), self.config + '.new')
        os.rename(self.config + '.new', self.config)
        os.kill(self.pid, signal.SIGHUP)
        try:
            urllib.request.urlopen(self.url, data=b'', timeout=60).close()
            status = 200
        except urllib.error.HTTPError as error:
            status = error.code
        if status != (500 if name == 'bad' else 200):
            raise Broken('%s: answer %d' % (name, status))
        self.done += 1
        time.sleep(random.uniform(0, 0.1))


def main():
    seconds, node, groups, pid, configs, config = sys.argv[1:]
    end = time.monotonic() + float(seconds)
    scrapers = [Scraper(end, url, packed)
                for url in (node + '/metrics', node + '/metrics?' + FEW, node + '/metrics?' + MANY,
                            groups + '/metrics', groups + '/metrics?' + FEW)
                for packed in (False, True)]
    reloader = Reloader(end, groups, int(pid), configs, config)
    clients = scrapers + [reloader]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    broken = [client.broken for client in clients if client.broken]
    done = sum(client.done for client in scrapers)
    if not broken and (done < LEAST_SCRAPES or reloader.done == 0):
        broken.append('only %d scrapes and %d reloads' % (done, reloader.done))
    if broken:
        sys.exit('\n'.join(broken))
    print('%d scrapes and %d reloads, %d scrapes refused' % (
        done, reloader.done, sum(client.refused for client in scrapers)))


if __name__ == '__main__':
    main()
