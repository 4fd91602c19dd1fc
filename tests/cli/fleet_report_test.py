"""`headmon fleet report` and `check` over a real nats-server."""
import json
import time
import unittest
from datetime import timedelta

from commands_support import run
from fleet_reading_support import FleetCase, now
from fleet_support import SLOT, Headmon, start_of


class Report(FleetCase):
    def report(self, broker, *arguments):
        code, out, err = run("fleet", "report", "--config", self.fleet_config(broker), *arguments)
        self.assertEqual((code, err), (0, ""))
        return out

    def test_figures_of_sites_instances_nodes_and_clients(self):
        broker = self.broker()
        client = self.client(broker)
        fra, syd = self.two_sites(client, slots=20)
        slot = self.last + 1
        fra.slot(slot, 1.0)
        syd.slot(slot, 5.5)
        fra.node(now(), "beta", health="degraded", issues=["lagging"])
        client.publish(fra.take() + syd.take())
        report = json.loads(self.report(broker, "--format", "json"))
        sites = {site["site"]: site for site in report["sites"]}
        self.assertEqual(list(sites), ["fra", "syd"])
        self.assertEqual(sites["fra"]["heads"], 42)
        self.assertEqual(sites["fra"]["first"], 21)
        self.assertEqual(sites["fra"]["first_anywhere"], 21)
        self.assertEqual((sites["syd"]["first"], sites["syd"]["first_anywhere"]), (21, 0))
        self.assertEqual((sites["syd"]["on_time"], sites["syd"]["late"]), (40, 2))
        self.assertEqual(sites["syd"]["slots"], {"on_time": 20, "late": 1, "missed": 0, "optimistic": 0, "unknown": 0})
        self.assertEqual((sites["syd"]["slots_compared"], sites["syd"]["slots_worse_than_others"]), (21, 1))
        nodes = {(node["instance"], node["node"]): node for node in report["nodes"]}
        alpha = nodes["syd-1", "alpha"]
        self.assertAlmostEqual(alpha["delay_seconds"]["p50"], 1.2, delta=0.01)
        self.assertAlmostEqual(alpha["delay_seconds"]["p99"], 5.5, delta=0.03)
        self.assertAlmostEqual(alpha["lag_anywhere_seconds"]["p50"], 0.2, delta=0.002)
        self.assertAlmostEqual(nodes["fra-1", "beta"]["lag_seconds"]["p50"], 0.05, delta=0.001)
        self.assertEqual(nodes["fra-1", "beta"]["health"], "degraded")
        self.assertEqual([(c["client"], c["nodes"]) for c in report["clients"]], [("lighthouse", 2), ("teku", 2)])
        self.assertEqual([s["slot"] for s in report["slots_not_in_time"]], [str(slot)])
        self.assertEqual(report["slots_not_in_time"][0]["sites"],
                         [{"site": "syd", "verdict": "late", "delay_seconds": 5.5}])
        instances = {instance["instance"]: instance for instance in report["instances"]}
        self.assertEqual(instances["fra-1"]["health"], {"good": 1, "degraded": 1, "unusable": 0, "unknown": 0})
        self.assertEqual(instances["fra-1"]["clock"]["basis"], "kernel")
        self.assertEqual(instances["fra-1"]["missing_messages"], 0)

        text = self.report(broker)
        self.assertRegex(text, r"(?m)^syd +1 +2 +95\.2 +4\.8 ")
        self.assertRegex(text, rf"(?m)^{slot} +syd late 5500 ms +1 +1000$")
        page = self.report(broker, "--format", "html", "--by", "region")
        self.assertIn("<td>ap</td>", page)
        self.assertNotIn("<script", page)

    def test_a_time_is_reported_by_itself(self):
        broker = self.broker()
        client = self.client(broker)
        self.two_sites(client, slots=20)
        # Verdicts are told two slots later.
        until = start_of(self.last - 9).strftime("%Y-%m-%dT%H:%M:%SZ")
        report = json.loads(self.report(broker, "--format", "json", "--since", "1h", "--until", until))
        self.assertEqual(report["sites"][0]["slots"]["on_time"], 8)
        self.assertEqual(report["to"], until.replace("Z", ".000000Z"))

    def test_an_empty_stream_is_an_empty_report(self):
        broker = self.broker()
        self.client(broker)
        report = json.loads(self.report(broker, "--format", "json"))
        self.assertEqual(report["instances"], [])


class Check(FleetCase):
    def check(self, broker, *arguments):
        code, out, err = run("fleet", "check", "--config", self.fleet_config(broker), "--format", "json", *arguments)
        self.assertEqual(err, "")
        report = json.loads(out)
        return code, report["status"], [(f["finding"], f["subject"]) for f in report["findings"]]

    def test_a_fleet_where_all_is_well(self):
        broker = self.broker()
        client = self.client(broker)
        self.two_sites(client)
        self.assertEqual(self.check(broker), (0, "OK", []))
        code, out, _ = run("fleet", "check", "--config", self.fleet_config(broker))
        self.assertEqual((code, out), (0, "FLEET OK - 2 instances, 4 nodes\n"))

    def test_what_is_not_known_is_never_good(self):
        broker = self.broker()
        client = self.client(broker)
        self.assertEqual(self.check(broker), (3, "UNKNOWN", [("no_instance", None)]))
        # Two slots say nothing of a site.
        self.two_sites(client, slots=2)
        code, status, findings = self.check(broker)
        self.assertEqual((code, status), (3, "UNKNOWN"))
        self.assertEqual(findings, [("site_unknown", "fra"), ("site_unknown", "syd")])

    def test_an_instance_that_is_silent(self):
        broker = self.broker()
        client = self.client(broker)
        self.two_sites(client)
        time.sleep(1.2)
        fra = Headmon("fra-1", labels={"site": "fra"})
        self.assertEqual(self.check(broker, "--silent-after", "1")[:2], (2, "CRITICAL"))
        del fra

    def test_a_site_that_is_late(self):
        broker = self.broker()
        client = self.client(broker)
        self.two_sites(client, syd_delay=6.0)
        self.assertEqual(self.check(broker), (2, "CRITICAL", [("site_late", "syd")]))

    def test_a_split_between_sites(self):
        broker = self.broker()
        client = self.client(broker)
        fra, syd = self.two_sites(client)
        slot = self.last + 1
        fra.proven(slot, block=10**9, parent=slot - 1)
        syd.proven(slot, block=2 * 10**9, parent=slot - 1)
        client.publish(fra.take() + syd.take())
        time.sleep(SLOT / 6 + 0.2)
        self.assertEqual(self.check(broker), (2, "CRITICAL", [("split", None)]))

    def test_a_head_whose_branch_is_not_known(self):
        broker = self.broker()
        client = self.client(broker)
        fra, _ = self.two_sites(client)
        slot = self.last + 1
        fra.proven(slot, block=10**9, parent=10**8)
        client.publish(fra.take())
        time.sleep(SLOT / 6 + 0.2)
        self.assertEqual(self.check(broker), (3, "UNKNOWN", [("split_unknown", None)]))

    def test_an_instance_that_is_run_twice(self):
        broker = self.broker()
        client = self.client(broker)
        fra, _ = self.two_sites(client)
        other = Headmon("fra-1", labels={"site": "fra"})
        other.status(now())
        fra.status(now())
        client.publish(other.take() + fra.take())
        self.assertEqual(self.check(broker), (2, "CRITICAL", [("twice", "fra-1")]))

    def test_gaps_and_nodes_and_clocks(self):
        broker = self.broker()
        client = self.client(broker)
        fra, syd = self.two_sites(client)
        fra.tell("gap", now(), **{"from": None}, reason="memory", dropped=7)
        syd.node(now(), "beta", health="unusable", issues=["el_offline"])
        syd.clock(now() + timedelta(seconds=5))
        client.publish(fra.take() + syd.take())
        self.assertEqual(self.check(broker), (1, "WARNING", [("node_unusable", "syd-1"), ("gaps", "fra-1"), ("clock", "syd-1")]))
        self.assertEqual(self.check(broker, "--instance", "fra-1"), (1, "WARNING", [("gaps", "fra-1")]))

    def test_a_broker_that_is_away_is_unknown(self):
        broker = self.broker()
        config = self.fleet_config(broker)
        broker.kill()
        code, out, err = run("fleet", "check", "--config", config)
        self.assertEqual((code, out), (3, ""))
        self.assertIn("no server of [fleet] servers can be reached", err)

    def test_wrong_usage_is_unknown(self):
        self.assertEqual(run("fleet", "check")[0], 3)
        self.assertEqual(run("fleet", "check", "--config", "/nonexistent")[0], 3)
        self.assertEqual(run("fleet", "check", "--confg", "x")[0], 3)
        self.assertEqual(run("fleet", "report", "--config", "/nonexistent")[0], 2)
        self.assertEqual(run("fleet", "watch")[0], 2)


if __name__ == "__main__":
    unittest.main(verbosity=1)
