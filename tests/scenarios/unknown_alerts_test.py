#!/usr/bin/env python3
"""Which alerts fire while one endpoint of a node answers otherwise than it should: the scenarios of unknown_test.cpp are played,
write the pages of /metrics of each case, a minute apart, and promtool evaluates the rules over them.

usage: SCENARIOS_TESTS=PROGRAM unknown_alerts_test.py [unittest arguments]; without promtool and python3-yaml it exits with 77
after the scenarios, or 1 when one of them fails.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    yaml = None

PROGRAM = os.environ.get("SCENARIOS_TESTS", "scenarios_tests")
HERE = os.path.dirname(os.path.abspath(__file__))
RULES = os.path.join(HERE, "..", "..", "metrics", "prometheus")
SKIPPED = 77
TOOL_MAX = 250
ENDPOINTS = ("genesis", "spec", "syncing", "version", "head", "header", "events")
ANSWERS = ("403", "404", "429", "500", "hang", "garbage", "odd_member")
# Told by the log alone: one member of the spec is left out, and nothing is the worse for it.
LOG_ALONE = {"spec-odd_member"}


def read_case(path):
    """(lines of the log, {series: [value of each minute or None]})"""
    log, pages, start = [], [], 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("log "):
                log.append(line[4:].rstrip())
            elif line.startswith("page "):
                start = int(line.split()[1])
                pages.append({})
            elif not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                # promtool's time begins at 0.
                is_moment = "_timestamp_seconds" in series and float(value) > start / 2
                pages[-1][series] = float(value) - start if is_moment else float(value)
    names = sorted({series for page in pages for series in page})
    return log, {name: [page.get(name) for page in pages] for name in names}


def with_instance(series):
    own = 'job="headmon",instance="box"'
    return re.sub(r"\{", "{" + own + ",", series, count=1) if "{" in series else series + "{" + own + "}"


def alerts_of(case, folder):
    """The alerts that fire in the last minute: promtool names those that were not expected."""
    _, series = case
    minutes = len(next(iter(series.values()))) - 1
    with open(os.path.join(RULES, "headmon.alerts.yml"), encoding="utf-8") as file:
        names = [rule["alert"] for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]
    test = {
        "rule_files": [os.path.join(RULES, name) for name in ("headmon.rules.yml", "headmon.alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [{
            "interval": "1m",
            "input_series": [
                {"series": with_instance(name), "values": " ".join("_" if value is None else repr(value) for value in values)}
                for name, values in series.items()],
            "alert_rule_test": [{"alertname": name, "eval_time": f"{minutes}m", "exp_alerts": []} for name in names],
        }],
    }
    path = os.path.join(folder, "test.yml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(test, file)
    done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, timeout=TOOL_MAX)
    return set(re.findall(r'alertname="(\w+)"[^}]*?node="(\w+)"', done.stdout + done.stderr)) | {
        (name, "") for name in re.findall(r'alertname="(\w+)", instance="box", job="headmon", severity', done.stdout + done.stderr)}


def play(folder):
    return subprocess.run([PROGRAM, "[matrix]"], env={**os.environ, "HEADMON_PAGES": folder},
                          capture_output=True, text=True, timeout=TOOL_MAX)


class Unknown(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="headmon-unknown-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        done = play(folder.name)
        if done.returncode != 0:
            raise AssertionError(done.stdout)
        cls.cases = {name: read_case(os.path.join(folder.name, name)) for name in os.listdir(folder.name)}

    def test_each_case_was_played(self):
        self.assertEqual(sorted(self.cases), sorted(f"{one}-{other}" for one in ENDPOINTS for other in ANSWERS))

    def test_an_alert_fires_or_the_log_has_told_it(self):
        for name, case in sorted(self.cases.items()):
            with self.subTest(name):
                alerts = alerts_of(case, self.folder)
                self.assertEqual({alert for alert, node in alerts if node == "well"}, set())
                if name in LOG_ALONE:
                    self.assertTrue(case[0])
                else:
                    self.assertTrue({alert for alert, node in alerts if node == "spoilt"}, f"no alert; log: {case[0]}")


if __name__ == "__main__":
    if yaml is None or not shutil.which("promtool"):
        with tempfile.TemporaryDirectory(prefix="headmon-unknown-") as pages:
            played = play(pages)
        if played.returncode != 0:
            print(played.stdout)
            sys.exit(1)
        print("alerts skipped: promtool or python3-yaml is missing; scripts/install-deps --tests installs them")
        sys.exit(SKIPPED)
    unittest.main()
