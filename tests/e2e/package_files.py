# SPDX-License-Identifier: Apache-2.0
"""Compares what is installed with the daemon: the manual's flags with --help, the list of parts with
what is linked, the ports of the firewall's service with the defaults.

usage: package_files.py SOURCE PREFIX DAEMON
"""
import json
import re
import subprocess
import sys
import xml.etree.ElementTree

source, prefix, daemon = sys.argv[1:]


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compare(title, expected, found):
    for name in sorted(expected - found):
        sys.exit(f"FAILED: {title}: {name} is missing")
    for name in sorted(found - expected):
        sys.exit(f"FAILED: {title}: {name} is too much")
    print(f"ok: {title} ({len(found)})")


help_text = output(daemon, "--help")
flags = {(match[1] or "") + match[2] + ("=" if match[3] else "")
         for match in re.finditer(r"^  --(\[no-\])?([^\s=]+)(=)?", help_text, re.M)}
switches = {flag for flag in flags if re.fullmatch(r"\[no-\]collector\.\w+", flag)}
with open(f"{prefix}/share/man/man8/host_exporter.8", encoding="utf-8") as manual:
    documented = {match[1] + ("=" if match[2] else "")
                  for match in re.finditer(r"^\.It Fl -(\S+)( Ns =)?", manual.read(), re.M)}
if not switches:
    sys.exit("FAILED: --help has no switches of collectors")
compare("host_exporter(8) has the flags of --help", flags - switches, documented)

with open(f"{prefix}/share/host-exporter/host-exporter.spdx.json", encoding="utf-8") as file:
    parts = json.load(file)
for part in parts["packages"]:
    if part["versionInfo"] in ("", "unknown", "0.0.0") and part["name"] != "libstdc++":
        sys.exit(f"FAILED: the list of parts has no version of {part['name']}")
    if not part["licenseDeclared"]:
        sys.exit(f"FAILED: the list of parts has no licence of {part['name']}")
dynamic = output("readelf", "-d", "--wide", daemon)
linked = {re.sub(r"(-core)?\.so.*", "", name) for name in re.findall(r"NEEDED.*\[(.*)\]", dynamic)}
# The C library and the compiler's come in parts.
parts_of = {"libc": "glibc", "libm": "glibc", "libgcc_s": "libstdc++", "libcrypt": "libxcrypt"}
linked = {parts_of.get(name, name) for name in linked if not re.match(r"ld-|lib[atu]b?san", name)}
listed = {part["name"] for part in parts["packages"]}
compare("the list of parts has what is linked", linked,
        {name for name in linked if name in listed or name.removeprefix("lib") in listed})

service = xml.etree.ElementTree.parse(f"{prefix}/lib/firewalld/services/host-exporter.xml")
ports = {port.get("port") for port in service.getroot().findall("port")}
compare("the firewall's service has the default ports",
        set(re.findall(r"\[:(\d+)\]", help_text)), ports)
