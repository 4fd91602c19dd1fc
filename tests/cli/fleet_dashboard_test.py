#!/usr/bin/env python3
"""The fleet dashboard and `headmon fleet report` tell the same: two headmons over simulated nodes publish to a real nats-server and
are read by a real Prometheus, and the dashboard's own expressions are compared with the report's figures.

usage: HEADMON=PROGRAM fleet_dashboard_test.py [unittest arguments]; wants prometheus and nats-server, exits 77 without.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from datetime import datetime, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "metrics"))

from fleet_support import NATS_SERVER, Broker  # noqa: E402
from prometheus_support import Process, Prometheus, fill_in, free_ports, load_dashboards, wait_for  # noqa: E402

HEADMON = os.environ.get("HEADMON", "headmon")
START_MAX = 30
SLOTS = 14
# Half of the chain's deadline is a third of a second: `cedar` is late with each of its heads, and so is all of syd for some slots.
SITES = {
    "fra": """seed = 1
slot_ms = 1000
[[node]]
name = "alder"
client = "lighthouse"
delay_ms = 100
[[node]]
name = "birch"
client = "teku"
delay_ms = 150
[[node]]
name = "cedar"
client = "prysm"
delay_ms = 450
""",
    "syd": """seed = 1
slot_ms = 1000
[[node]]
name = "alder"
client = "lighthouse"
delay_ms = 180
[[node.fault]]
kind = "lagging"
from_slot = 6
to_slot = 8
delay_ms = 400
[[node]]
name = "birch"
client = "teku"
delay_ms = 120
[[node.fault]]
kind = "lagging"
from_slot = 6
to_slot = 8
delay_ms = 400
""",
}
CONFIG = """global: {{scrape_interval: 100ms, scrape_timeout: 100ms}}
scrape_configs:
  - job_name: headmon
    static_configs: [{{targets: [{targets}]}}]
"""


def nodes_of(simulator):
    return dict(re.findall(r"(\w+)\W+(http://127\.0\.0\.1:\d+)", simulator.text()))


class Agreement(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="headmon-fleet-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.broker = Broker(cls.folder)
        cls.addClassCleanup(cls.broker.__exit__)
        port, *ports = free_ports(3)
        cls.ports = dict(zip(SITES, ports))
        for site, scenario in SITES.items():
            cls.start_site(site, scenario)
        path = cls.write("prometheus.yml", CONFIG.format(
            targets=", ".join(f"'127.0.0.1:{port}'" for port in ports)))
        cls.prometheus = Prometheus(port)
        cls.start("prometheus", "prometheus", f"--config.file={path}", f"--storage.tsdb.path={cls.folder}/data",
                  f"--web.listen-address=127.0.0.1:{port}")
        wait_for(cls.prometheus.ready, "Prometheus", START_MAX)
        cls.panels = {panel["title"]: panel for panel in load_dashboards()["headmon-fleet.json"]["panels"]}
        wait_for(lambda: len(cls.values("vc_head_monitor_slot_duration_seconds", time.time())) == 2, "slot time", START_MAX)
        wait_for(lambda: min(cls.values('sum by (instance) (vc_head_monitor_slot_verdicts_total{verdict="late"})',
                                        time.time()).get(cls.target("syd"), 0), 3) >= 2, "late slots", START_MAX)
        time.sleep(SLOTS)

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    @classmethod
    def start(cls, name, *command):
        process = Process(name, cls.folder, *command)
        cls.addClassCleanup(process.stop)
        return process

    @classmethod
    def start_site(cls, site, scenario):
        simulator = cls.start(f"simulate-{site}", HEADMON, "simulate", "--scenario", cls.write(f"{site}-nodes.toml", scenario))
        count = scenario.count("[[node]]")
        nodes = wait_for(lambda: len(nodes_of(simulator)) == count and nodes_of(simulator), "URLs of nodes", START_MAX)
        config = cls.write(f"{site}.toml", f'[fleet]\nservers = ["{cls.broker.url()}"]\ninstance = "{site}-1"\n'
                           f'labels = ["site={site}"]\nsize_mib_max = 64\n' +
                           "".join(f'[[node]]\nname = "{name}"\nurl = "{url}"\n' for name, url in nodes.items()))
        cls.start(site, HEADMON, "run", "--config", config, "--metrics-address", f"127.0.0.1:{cls.ports[site]}",
                  "--api-address", "off", "--history", os.path.join(cls.folder, f"{site}.db"))

    @classmethod
    def target(cls, site):
        return f"127.0.0.1:{cls.ports[site]}"

    @classmethod
    def values(cls, expression, at, label="instance"):
        """{label: number} of an expression at a moment."""
        found = cls.prometheus.ask("query", {"query": expression, "time": at})["result"]
        return {series["metric"].get(label): float(series["value"][1]) for series in found}

    def expressions(self, panel, site):
        """A panel's own, of one site, since the start of headmon rather than over a range: `increase` estimates."""
        for target in self.panels[panel]["targets"]:
            text = re.sub(r"increase\((.*?)\[\$__range\]\)", r"\1", target["expr"])
            yield fill_in(text, {"job": "headmon", "node": ".*", "instance": self.target(site) if site else ".*"})

    def moments(self):
        """When the metrics are looked at, and the end of what they count: a slot's heads are counted once they are proven, late in
        the slot; what they count in its middle are the heads before its start, and the verdict that was told then."""
        at = time.time()
        genesis = max(self.values("vc_head_monitor_genesis_timestamp_seconds", at).values())
        time.sleep((0.6 - (at - genesis)) % 1)
        at = time.time()
        return at, at - (at - genesis) % 1 + 0.06

    def dashboard(self, at):
        figures = {}
        for site in SITES:
            for name, expression in zip(("good", "degraded", "unusable"), self.expressions("Health now", site)):
                figures[site, name] = next(iter(self.values(expression, at).values()))
            late = [text for text in self.expressions("Instances", site) if 'verdict="late"' in text]
            figures[site, "late share"] = self.values(late[0], at)[self.target(site)]
        for expression in self.expressions("First, by client", None):
            for client, value in self.values(expression, at, "client").items():
                figures[client, "first"] = value
        for name in ("on_time", "late"):
            metric = f"sum by (client) (vc_head_monitor_heads_{name}_total * on (job, instance, node) group_left (client) " \
                     "vc_head_monitor_node_info)"
            for client, value in self.values(metric, at, "client").items():
                figures[client, name] = value
        return figures

    def report(self, end):
        until = datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        run = subprocess.run([HEADMON, "fleet", "report", "--config", os.path.join(self.folder, "fra.toml"), "--format", "json",
                               "--since", "1h", "--until", until], check=False, capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        report = json.loads(run.stdout)
        figures = {}
        for instance in report["instances"]:
            for name in ("good", "degraded", "unusable"):
                figures[instance["site"], name] = instance["health"][name]
            slots = instance["slots"]
            figures[instance["site"], "late share"] = slots["late"] / (slots["late"] + slots["on_time"])
        for client in report["clients"]:
            figures[client["client"], "first"] = client["first"] / client["nodes"]
            figures[client["client"], "on_time"] = client["on_time"]
            figures[client["client"], "late"] = client["late"]
        return figures

    def test_the_dashboard_and_the_report_tell_the_same(self):
        # A machine that is busy shifts a report over the moment that both are of.
        for left in range(5, -1, -1):
            at, end = self.moments()
            time.sleep(1.2)
            shown, reported = self.dashboard(at), self.report(end)
            if shown == reported or left == 0:
                break
        self.assertEqual(shown, reported)
        self.assertGreater(shown["syd", "late share"], 0)
        self.assertEqual(shown["fra", "late share"], 0)
        self.assertGreater(shown["prysm", "late"], SLOTS / 2)
        self.assertGreater(shown["lighthouse", "first"], SLOTS / 4)


if __name__ == "__main__":
    if not shutil.which("prometheus") or not os.path.exists(NATS_SERVER):
        print("prometheus or nats-server is missing")
        sys.exit(77)
    unittest.main()
