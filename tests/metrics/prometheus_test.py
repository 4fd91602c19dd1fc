#!/usr/bin/env python3
"""headmon under a real Prometheus: a minute in which everything happens, and then each expression of each panel and rule.

usage: HEADMON=PROGRAM prometheus_test.py [unittest arguments]; wants prometheus and promtool, exits 77 without.

Two headmons are followed: `main` over the eight nodes of everything.toml, `alone` over the one of alone.toml. Slots have
half a second; Prometheus reads and evaluates once a second.
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from prometheus_support import (Process, Prometheus, fill_in, free_ports, get, load_dashboards, names_in, questions,
                                wait_for)

HEADMON = os.environ.get("HEADMON", "headmon")
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
RULES = os.path.join(ROOT, "metrics", "prometheus")
SKIPPED = 77
SLOT = 0.5
# Behind the last fault of everything.toml, and time enough for headmon to give alone.toml's node up and find it again.
SCENARIO_SLOTS = 96
START_MAX = 20
TOOL_MAX = 30
# In place of Grafana's: four readings, and the whole test.
RATE_INTERVAL = "5s"
RANGE = "3m"

# What rightly returns nothing, and why.
EMPTY = {
    "alert HeadmonAbsent": "this Prometheus knows headmon",
    "alert HeadmonNodeClockOff": "the nodes' clocks are this machine's",
    "alert HeadmonNodeHeadOld": "no node stands still and calls itself in sync",
    "alert HeadmonNetworkDisputed": "no two chains have equally many nodes",
    "alert HeadmonRecordingIncomplete": "the disk takes what is recorded",
    "alert HeadmonServiceDown": "none of headmon's services ends for good",
    "alert HeadmonUpdatesDropped": "no reader is too slow",
    "annotation Service of headmon restarted": "no service but the monitor ends",
}

CONFIG = """global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ['{rules}/headmon.rules.yml', '{rules}/headmon.alerts.yml']
scrape_configs:
  - job_name: headmon
    static_configs: [{{targets: ['127.0.0.1:{main}', '127.0.0.1:{alone}']}}]
"""


def nodes_of(simulator):
    return dict(re.findall(r"(\w+)\W+(http://127\.0\.0\.1:\d+)", simulator.text()))


def write_config(path, nodes):
    """In one step, as an editor does it: headmon watches the file."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        # A broker that is not there: what is counted of publishing is there all the same.
        file.write('[fleet]\nservers = ["nats://127.0.0.1:9"]\ninstance = "alone"\n')
        file.writelines(f'[[node]]\nname = "{name}"\nurl = "{url}"\n' for name, url in nodes.items())
    os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)


def meet_a_limit(port):
    """A request whose header is too large."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1_000_000)
        connection.recv(1000)


class RealPrometheus(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="headmon-prometheus-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.ports = dict(zip(("prometheus", "main", "alone"), free_ports(3)))
        cls.prometheus = Prometheus(cls.ports["prometheus"])
        cls.play()

    @classmethod
    def start(cls, name, *command):
        process = Process(name, cls.folder, *command)
        cls.addClassCleanup(process.stop)
        return process

    @classmethod
    def start_headmon(cls, name, scenario, count):
        simulator = cls.start(f"simulate-{name}", HEADMON, "simulate", "--scenario", os.path.join(HERE, scenario))
        nodes = wait_for(lambda: len(nodes_of(simulator)) == count and nodes_of(simulator), "URLs of nodes", START_MAX)
        config = os.path.join(cls.folder, f"{name}.toml")
        write_config(config, nodes)
        headmon = cls.start(name, HEADMON, "run", "--config", config, "--metrics-address", f"127.0.0.1:{cls.ports[name]}", "--api-address", "off",
                            "--history", os.path.join(cls.folder, f"{name}.db"), "--record", os.path.join(cls.folder, f"{name}.recording"))
        return headmon, config, nodes

    @classmethod
    def play(cls):
        """The scenario from its start to its end; what it leaves behind is in Prometheus."""
        path = os.path.join(cls.folder, "prometheus.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(rules=os.path.abspath(RULES), **cls.ports))
        cls.start("prometheus", "prometheus", f"--config.file={path}", f"--storage.tsdb.path={cls.folder}/data",
                  f"--web.listen-address=127.0.0.1:{cls.ports['prometheus']}")
        main, config, nodes = cls.start_headmon("main", "everything.toml", 8)
        alone, _, _ = cls.start_headmon("alone", "alone.toml", 1)
        end = time.monotonic() + SCENARIO_SLOTS * SLOT
        wait_for(cls.prometheus.ready, "Prometheus", START_MAX)
        wait_for(lambda: cls.is_read("main") and cls.is_read("alone"), "reading of both headmons", START_MAX)
        cls.begin = time.time()
        meet_a_limit(cls.ports["main"])
        cls.sleep_until(end - 8 * SLOT)
        # The list of nodes changes under headmon.
        write_config(config, {name: url for name, url in nodes.items() if name != "alder"})
        main.process.send_signal(signal.SIGHUP)
        cls.sleep_until(end)
        cls.page = get(f"http://127.0.0.1:{cls.ports['main']}/metrics")
        cls.exit_code = alone.stop()
        wait_for(lambda: cls.prometheus.moments("up == 0", time.time() - 3, time.time()), "end of a headmon noticed", START_MAX)
        cls.is_over = main.process.poll() is not None
        # A second more, for what is asked for is asked for once a second.
        cls.end = time.time() + 1
        cls.rules = cls.prometheus.rules()
        cls.dashboards = load_dashboards()
        with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as file:
            cls.used_by = dict(re.findall(r"^### (\w+)\n.*?^- used by: (\w+)", file.read(), re.MULTILINE | re.DOTALL))

    @classmethod
    def is_read(cls, name):
        selector = f'up{{instance="127.0.0.1:{cls.ports[name]}"}} == 1'
        return cls.prometheus.moments(selector, time.time() - 2, time.time())

    @staticmethod
    def sleep_until(end):
        time.sleep(max(0, end - time.monotonic()))

    def variables(self, instance):
        return {"job": "headmon", "instance": instance, "node": ".*", "__range": RANGE, "__rate_interval": RATE_INTERVAL}

    def instances(self, name):
        """What stands in the variable `instance`: one after the other, or all."""
        each = [f"127.0.0.1:{self.ports[one]}" for one in ("main", "alone")]
        return [".*"] if "fleet" in name else each

    def returns_data(self, where, expressions):
        """That one of them does; where EMPTY says so, that none does."""
        with self.subTest(where):
            count = sum(self.prometheus.moments(expression, self.begin, self.end) for expression in expressions)
            if where in EMPTY:
                self.assertEqual(count, 0, f"{expressions} returns data, though {EMPTY[where]}")
            else:
                self.assertGreater(count, 0, f"{expressions[0]} returns nothing")

    def test_both_ran_through_and_ended_cleanly(self):
        self.assertFalse(self.is_over)
        self.assertEqual(self.exit_code, 0)

    def test_promtool_finds_nothing_wrong_with_the_page(self):
        done = subprocess.run(["promtool", "check", "metrics"], input=self.page, capture_output=True, text=True, timeout=TOOL_MAX)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_each_expression_of_each_panel_and_annotation_returns_data(self):
        for name, dashboard in self.dashboards.items():
            for where, expression in questions(dashboard):
                self.returns_data(where, [fill_in(expression, self.variables(one)) for one in self.instances(name)])

    def test_each_variable_has_values(self):
        for name, dashboard in self.dashboards.items():
            for variable in dashboard["templating"]["list"]:
                if variable["type"] == "datasource":
                    continue
                query = fill_in(variable["query"]["query"], self.variables(self.instances(name)[0]))
                selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()
                with self.subTest(dashboard=name, variable=variable["name"]):
                    self.assertTrue(self.prometheus.label_values(label, selector, self.begin, self.end))

    def test_each_rule_is_evaluated_and_returns_data(self):
        self.assertTrue(self.rules)
        for rule in self.rules:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
            kind = "alert" if rule["type"] == "alerting" else "record"
            self.returns_data(f"{kind} {rule['name']}", [rule["query"]])

    def test_nothing_is_listed_as_empty_that_does_not_exist(self):
        there = {where for dashboard in self.dashboards.values() for where, _ in questions(dashboard)}
        there |= {f"alert {rule['name']}" for rule in self.rules}
        self.assertLessEqual(set(EMPTY), there)

    def test_each_metric_is_used_as_the_documentation_says(self):
        panels = names_in(expression for dashboard in self.dashboards.values() for _, expression in questions(dashboard))
        rules = names_in(rule["query"] for rule in self.rules)
        self.assertEqual(sorted((panels | rules) - set(self.used_by)), [])
        used = {name: "rule" if name in rules else "panel" if name in panels else "debugging" for name in self.used_by}
        self.assertEqual(used, self.used_by)

    def test_each_metric_that_is_documented_was_there_and_no_other(self):
        on_page = set(re.findall(r"^# TYPE (\w+) ", self.page, re.MULTILINE))
        self.assertLessEqual(on_page, set(self.used_by))
        for name in self.used_by:
            with self.subTest(name):
                self.assertGreater(self.prometheus.moments(f'{{__name__=~"{name}(_count)?"}}', self.begin, self.end), 0)


if __name__ == "__main__":
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            print(f"skipped: {program} is missing; scripts/install-deps --tests installs it")
            sys.exit(SKIPPED)
    # A simulator that waits for a core has old heads.
    with contextlib.suppress(PermissionError):
        os.nice(-5)
    unittest.main()
