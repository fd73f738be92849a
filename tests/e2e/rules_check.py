# SPDX-License-Identifier: Apache-2.0
"""usage: rules_check.py STACK README PROM...

Checks the rules in STACK/prometheus: every alert has annotations, a section in RUNBOOK.md and tests in which
it fires and does not; every recorded series has a test; every metric is one of README's table or of the
expositions.
"""
import glob
import re
import sys

import yaml

from promql import OF_PROMETHEUS, metrics_in, metrics_of


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def rules_of(stack):
    files = sorted(glob.glob(stack + '/prometheus/rules/*.yml'))
    return [rule for file in files for group in yaml.safe_load(read(file))['groups'] for rule in group['rules']]


def tests_of(stack):
    files = sorted(glob.glob(stack + '/prometheus/tests/*.yml'))
    return [test for file in files for test in yaml.safe_load(read(file))['tests']]


def check_alert(rule, cases, sections):
    problems = [f'no {key}' for key in ('summary', 'description', 'runbook') if not rule['annotations'].get(key)]
    anchor = 'RUNBOOK.md#' + rule['alert'].lower()
    if rule['annotations'].get('runbook') != anchor:
        problems.append(f'its runbook is not {anchor}')
    if rule['alert'] not in sections:
        problems.append('no section in RUNBOOK.md')
    if rule.get('labels', {}).get('severity') not in ('warning', 'critical'):
        problems.append('no severity')
    outcomes = {bool(case.get('exp_alerts')) for case in cases if case['alertname'] == rule['alert']}
    problems += [f'no test in which it {what}' for fires, what in ((True, 'fires'), (False, 'does not fire'))
                 if fires not in outcomes]
    return [f'{rule["alert"]}: {problem}' for problem in problems]


def main(stack, readme, *texts):
    rules, tests = rules_of(stack), tests_of(stack)
    alerts = [rule for rule in rules if 'alert' in rule]
    recorded = {rule['record'] for rule in rules if 'record' in rule}
    sections = set(re.findall(r'^## (\w+)$', read(stack + '/RUNBOOK.md'), re.MULTILINE))
    cases = [case for test in tests for case in test.get('alert_rule_test', [])]
    tested = {name for test in tests for case in test.get('promql_expr_test', [])
              for name in metrics_in(case['expr'])}

    problems = [problem for rule in alerts for problem in check_alert(rule, cases, sections)]
    problems += [f'RUNBOOK.md explains {name}, which no rule is' for name in sections - {r['alert'] for r in alerts}]
    problems += [f'no test of {name}' for name in recorded - tested]
    exported = metrics_of(map(read, texts), read(readme))
    for rule in rules:
        unknown = metrics_in(rule['expr']) - exported - recorded - OF_PROMETHEUS
        problems += [f'{rule.get("alert", rule.get("record"))}: nothing exports {name}' for name in sorted(unknown)]
    print('\n'.join(problems) or f'{len(alerts)} alerts, {len(recorded)} recorded series')
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
