#!/usr/bin/env python3
"""The recording rules and alerts as files: promtool's own checks and unit tests, and whether each alert has a test that
fires, one that does not, and a section in the runbook.

usage: prometheus_rules_test.py [unittest arguments]; wants promtool and python3-yaml, exits 77 without.
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

try:
    import yaml
except ImportError:
    yaml = None

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RULES = os.path.join(ROOT, "metrics", "prometheus")
RULE_FILES = ("headmon.rules.yml", "headmon.alerts.yml")
TEST_FILES = ("headmon.tests.yml", "headmon.slow.tests.yml")
SEVERITIES = ("critical", "warning", "info")
PARTS = ("What it means.", "How to see it.", "What to do.")
SKIPPED = 77
TOOL_MAX = 150


def load(name):
    with open(os.path.join(RULES, name), encoding="utf-8") as file:
        return yaml.safe_load(file)


def promtool(*arguments):
    return subprocess.run(["promtool", *arguments], cwd=RULES, capture_output=True, text=True, timeout=TOOL_MAX)


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rules = [rule for name in RULE_FILES for group in load(name)["groups"] for rule in group["rules"]]
        cls.alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
        cls.records = {rule["record"]: rule for rule in rules if "record" in rule}
        cls.count = len(rules)
        cls.tests = [test for name in TEST_FILES for test in load(name)["tests"]]

    def test_promtool_finds_nothing_wrong(self):
        done = promtool("check", "rules", *RULE_FILES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_unit_tests_pass(self):
        done = promtool("test", "rules", *TEST_FILES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_no_name_is_taken_twice(self):
        self.assertEqual(len(self.alerts) + len(self.records), self.count)

    def test_each_alert_has_a_test_that_fires_and_one_that_does_not(self):
        fires, quiet = set(), set()
        for test in self.tests:
            # A test that fires may say before which moment it does not.
            does_fire = any(one.get("exp_alerts") for one in test["alert_rule_test"])
            for one in test["alert_rule_test"]:
                (fires if does_fire else quiet).add(one["alertname"])
                # promtool takes an alert that does not exist for one that does not fire.
                self.assertIn(one["alertname"], self.alerts, test["name"])
                self.assertTrue(test["name"].startswith(one["alertname"]), test["name"])
        self.assertEqual(sorted(self.alerts), sorted(fires))
        self.assertEqual(sorted(self.alerts), sorted(quiet))

    def test_a_test_gives_the_series_that_its_alert_looks_at(self):
        for test in self.tests:
            given = {re.match(r"\w+", series["series"])[0] for series in test["input_series"]}
            for one in test["alert_rule_test"]:
                expression = self.alerts[one["alertname"]]["expr"]
                for name in re.findall(r"\bheadmon:[\w:]+", expression):
                    expression += self.records[name]["expr"]
                self.assertTrue(any(re.search(rf"\b{name}\b", expression) for name in given), test["name"])

    def test_each_alert_says_what_how_bad_and_where_to_read_on(self):
        for name, rule in self.alerts.items():
            with self.subTest(name):
                self.assertIn(rule["labels"]["severity"], SEVERITIES)
                self.assertEqual(sorted(rule["annotations"]), ["description", "runbook_url", "summary"])
                self.assertGreater(len(rule["annotations"]["description"]), 60)
                self.assertEqual(rule["annotations"]["runbook_url"], f"docs/runbook.md#{name.lower()}")

    def test_each_alert_has_its_section_in_the_runbook_and_each_section_its_alert(self):
        with open(os.path.join(ROOT, "docs", "runbook.md"), encoding="utf-8") as file:
            sections = re.split(r"^## (.*)$", file.read(), flags=re.MULTILINE)[1:]
        runbook = dict(zip(sections[::2], sections[1::2]))
        self.assertEqual(len(runbook), len(sections) // 2, "a section stands there twice")
        self.assertEqual(sorted(runbook), sorted(self.alerts))
        for name, text in runbook.items():
            with self.subTest(name):
                self.assertEqual([part for part in PARTS if f"\n**{part}** " in text], list(PARTS))
                for other in re.findall(r"\bHeadmon[A-Z]\w+", text):
                    self.assertIn(other, self.alerts)

    def test_recorded_names_are_prefixed_and_those_that_alerts_use_exist(self):
        for name in self.records:
            self.assertRegex(name, r"^headmon:[a-z_]+:[a-z0-9_]+$")
        for name, rule in self.alerts.items():
            for used in re.findall(r"\bheadmon:[\w:]+", rule["expr"]):
                self.assertIn(used, self.records, name)

    def test_recorded_names_are_explained(self):
        with open(os.path.join(ROOT, "docs", "dashboards.md"), encoding="utf-8") as file:
            text = file.read()
        for name in self.records:
            self.assertIn(re.sub(r"(ratio_rate)\w+", r"\1", name), text)


if __name__ == "__main__":
    if yaml is None or not shutil.which("promtool"):
        print("skipped: promtool or python3-yaml is missing; scripts/install-deps --tests installs them")
        sys.exit(SKIPPED)
    unittest.main()
