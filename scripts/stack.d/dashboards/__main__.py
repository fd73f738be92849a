# SPDX-License-Identifier: Apache-2.0
"""usage: python3 scripts/stack.d/dashboards [FOLDER]

Writes the stack's dashboards as JSON: their source is here, what Grafana reads is made of it. FOLDER is
packaging/stack/grafana/dashboards if not given; a test keeps that equal to what this writes.
"""
import json
import pathlib
import sys

import exporter
import fleet
import groups
import host
import latency

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parents[2] / 'packaging/stack/grafana/dashboards'
FILES = {'host': host, 'latency': latency, 'groups': groups, 'fleet': fleet, 'exporter': exporter}


def main(arguments):
    if len(arguments) > 1 or '-h' in arguments or '--help' in arguments:
        print(__doc__.strip())
        return 0 if len(arguments) == 1 else 2
    folder = pathlib.Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, module in FILES.items():
        text = json.dumps(module.DASHBOARD, indent=1, ensure_ascii=False) + '\n'
        (folder / (name + '.json')).write_text(text, encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
