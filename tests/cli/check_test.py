#!/usr/bin/env python3
"""headmon check and doctor: what they find on simulated and scripted nodes, and their exit codes.

usage: HEADMON=PROGRAM check_test.py [unittest arguments]; only the standard library is needed.
"""
import hashlib
import json
import re
import signal
import threading
import time
import unittest
import urllib.request
from email.utils import formatdate

from commands_support import SECRET, STREAM, Case, closed_port, head_event, run

# As long as any test; faults that hold for ever.
EVER = "from_slot = 0\nto_slot = 1000000\n"


def answer(connection, body, status=200, date=0.0):
    text = json.dumps(body).encode()
    connection.sendall(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nDate: %s\r\nContent-Length: %d\r\n"
                       b"Connection: close\r\n\r\n"
                       % (status, formatdate(time.time() + date, usegmt=True).encode(), len(text)) + text)


class Scripted:
    """A beacon node that says what it is told to say."""

    def __init__(self, version="Lighthouse/v7.0.1", date=0.0, prefix="", seconds_per_slot=12, **syncing):
        self.version = version
        self.date = date
        self.prefix = prefix
        self.slot = seconds_per_slot
        self.syncing = syncing
        self.stream = lambda connection, request: (connection.sendall(STREAM), time.sleep(5))

    def __call__(self, connection, request):
        path = request.split(" ")[1].split("?")[0]
        if not path.startswith(self.prefix + "/eth/v1/"):
            answer(connection, {"code": 404}, 404, self.date)
            return
        path = path[len(self.prefix):]
        if path.startswith("/eth/v1/events"):
            self.stream(connection, request)
            return
        slot = int((time.time() - 1_600_000_000) // self.slot)
        zero = "0x" + "0" * 64
        # The hash_tree_root of a header whose other fields are all zero.
        level = [slot.to_bytes(32, "little")] + [bytes(32)] * 7
        while len(level) > 1:
            level = [hashlib.sha256(left + right).digest() for left, right in zip(level[::2], level[1::2])]
        root = "0x" + level[0].hex()
        body = {
            "/eth/v1/node/version": {"version": self.version},
            "/eth/v1/beacon/genesis": {"genesis_time": "1600000000", "genesis_validators_root": zero,
                                       "genesis_fork_version": "0x00000000"},
            "/eth/v1/config/spec": {"CONFIG_NAME": "scripted", "SECONDS_PER_SLOT": str(self.slot)},
            "/eth/v1/node/syncing": {"head_slot": str(slot), "sync_distance": "0", "is_syncing": False,
                                     "is_optimistic": False, "el_offline": False, **self.syncing},
            "/eth/v1/beacon/headers/head": {
                "root": root, "canonical": True,
                "header": {"message": {"slot": str(slot), "proposer_index": "0", "parent_root": zero,
                                       "state_root": zero, "body_root": zero}, "signature": "0x"}},
        }[path]
        answer(connection, {"data": body}, date=self.date)


class Look(Case):
    def simulate(self, *nodes, slot_ms=1000):
        """Starts simulated nodes, each (name, client, fault lines...), and waits until the first has a block; the
        options that follow them."""
        text = f"slot_ms = {slot_ms}\n"
        for name, client, *faults in nodes:
            text += f'[[node]]\nname = "{name}"\nclient = "{client}"\n'
            text += "".join(f"[[node.fault]]\n{fault}\n{EVER}" for fault in faults)
        program = self.start("simulate", "--scenario", self.path("scenario.toml", text))
        options = []
        for name, *_ in nodes:
            found = lambda n=name: re.search(rf"^{n}\s+(http://\S+)$", program.out.decode(), re.M)
            program.wait_for(found, f"URL of {name}")
            options += ["--beacon-node", f"{name}={found().group(1)}"]
        url = options[1].split("=", 1)[1]
        program.wait_for(lambda: self.head_slot(url) >= 1, "block")
        return options

    @staticmethod
    def head_slot(url):
        with urllib.request.urlopen(url + "/eth/v1/node/syncing", timeout=20) as response:
            return int(json.load(response)["data"]["head_slot"])

    def check(self, *options, code):
        """The JSON object that check prints."""
        got, out, err = run("check", "--format", "json", *options)
        self.assertEqual((got, err), (code, ""), out)
        self.assertEqual(out.count("\n"), 1)
        report = json.loads(out)
        self.assertEqual(report["exit_code"], code)
        self.assertEqual(report["status"], ["OK", "WARNING", "CRITICAL"][code])
        self.assertNotRegex(out, r"_seconds\":[-0-9.]*[eE]")
        return report

    @staticmethod
    def findings(node):
        return [finding["finding"] for finding in node["findings"]]

    def scripted(self, **options):
        node = Scripted(**options)
        return node, self.serve(node).url(node.prefix)


class Check(Look):
    def test_good_nodes_of_every_client_exit_0(self):
        clients = ["lighthouse", "teku", "prysm", "nimbus", "lodestar", "grandine", "caplin"]
        nodes = self.simulate(*[(f"n-{client}", client) for client in clients])
        report = self.check(*nodes, code=0)
        self.assertEqual(report["verdict"], "good")
        for client, node in zip(clients, report["nodes"]):
            self.assertEqual((node["name"], node["client"], node["verdict"], node["network_check"], node["reachable"]),
                             (f"n-{client}", client, "good", "match", True))
            # Lodestar and Caplin answer with their first event, which may or may not come in time.
            forms = {"lighthouse": ["head_v2_full"], "teku": ["head_v2_full"], "lodestar": ["head_only", None],
                     "caplin": ["head_full", None]}
            self.assertIn(node["topic_set"], forms.get(client, ["head_full"]), node)
            self.assertFalse(node["sync"]["is_syncing"])
            self.assertLess(abs(node["clock"]["offset_seconds"]), 1.5)

    def test_a_client_that_sends_nothing_before_its_first_event_is_not_blamed(self):
        node, url = self.scripted(version="Lodestar/v1.5.1/2115aa7")
        node.stream = lambda connection, request: time.sleep(10)
        report = self.check("--beacon-node", f"a={url}", "--timeout", "3", code=0)
        self.assertEqual(self.findings(report["nodes"][0]), ["topics_unknown"])
        self.assertEqual([form["answer"] for form in report["nodes"][0]["topic_sets"]], ["no_answer"] * 3)
        self.assertIsNone(report["nodes"][0]["topic_set"])

    def test_a_wait_finds_the_topics_of_a_client_that_is_silent_at_first(self):
        nodes = self.simulate(("lodestar", "lodestar"), ("lighthouse", "lighthouse"), ("caplin", "caplin"))
        report = self.check(*nodes, "--wait", code=0)
        forms = {node["name"]: node["topic_set"] for node in report["nodes"]}
        self.assertEqual(forms, {"lodestar": "head_only", "lighthouse": "head_v2_full", "caplin": "head_full"})
        self.assertEqual(report["nodes"][0]["topic_sets"][2]["answer"], "delivered")
        self.assertEqual(self.findings(report["nodes"][0]), ["head_only"])

    def test_a_wait_asks_on_when_an_accepted_stream_stays_silent(self):
        node, url = self.scripted(seconds_per_slot=1)

        def stream(connection, request):
            connection.sendall(STREAM)
            if "topics=head," in request:
                connection.sendall(head_event(1))
            time.sleep(10)

        node.stream = stream
        report = self.check("--beacon-node", f"a={url}", "--wait", code=0)
        self.assertEqual(report["nodes"][0]["topic_set"], "head_full")
        self.assertEqual([form["answer"] for form in report["nodes"][0]["topic_sets"]], ["accepted", "delivered", "accepted"])

    def test_a_head_that_cannot_be_decoded_is_none(self):
        node, url = self.scripted(seconds_per_slot=1)

        def stream(connection, request):
            topic = b"head_v2" if "topics=head_v2," in request else b"head"
            connection.sendall(STREAM + b"event: " + topic + b'\ndata: {"slot":"1"}\n\n')
            time.sleep(10)

        node.stream = stream
        report = self.check("--beacon-node", f"a={url}", "--wait", code=2)
        self.assertEqual(self.findings(report["nodes"][0]), ["no_stream"])
        self.assertIn("(malformed: head: missing_field: ", report["nodes"][0]["findings"][0]["problem"])

    def test_one_node_that_cannot_be_used_among_good_ones_exits_1(self):
        faults = {"down": ("down", "unreachable"), "far": ("other_network", "wrong_network"),
                  "behind": ("catching_up", "syncing"), "gone": ("bad_gateway", "rest_failed"),
                  "doubtful": ("optimistic", "optimistic")}
        nodes = self.simulate(("alpha", "lighthouse"), ("beta", "nimbus"), ("gamma", "teku"),
                              *[(name, "prysm", f'kind = "{kind}"') for name, (kind, _) in faults.items()])
        report = self.check(*nodes, code=1)
        self.assertEqual(report["verdict"], "degraded")
        for node in report["nodes"]:
            if node["name"] in faults:
                self.assertEqual((node["verdict"], self.findings(node)[0]), ("unusable", faults[node["name"]][1]), node)
            else:
                self.assertEqual(node["verdict"], "good", node)
        down = report["nodes"][3]
        self.assertEqual((down["reachable"], down["reason"], down["head"], down["sync"]),
                         (False, "connect_failed", None, None))

    def test_a_refused_topic_costs_only_that_form(self):
        refuse = 'kind = "refuse_topic"\ntopic = "{}"'.format
        nodes = self.simulate(("a", "lighthouse", refuse("head_v2")), ("b", "lighthouse", refuse("block")))
        report = self.check(*nodes, code=0)
        self.assertEqual([node["topic_set"] for node in report["nodes"]], ["head_full", "head_only"])

    def test_a_node_that_refuses_every_topic_cannot_be_used(self):
        node, url = self.scripted()
        node.stream = lambda connection, request: answer(connection, {"code": 400, "message": "Invalid topic"}, 400)
        report = self.check("--beacon-node", f"a={url}", code=2)
        self.assertEqual(self.findings(report["nodes"][0]), ["no_stream"])
        self.assertEqual([(form["answer"], form["status"]) for form in report["nodes"][0]["topic_sets"]],
                         [("refused", 400)] * 3)

    def test_a_200_that_ends_at_once_is_a_refusal(self):
        nodes = self.simulate(("teku", "teku", 'kind = "unknown_topic"\ntopic = "head_v2"'))
        report = self.check(*nodes, code=0)
        answers = [form["answer"] for form in report["nodes"][0]["topic_sets"]]
        self.assertEqual((answers[0], report["nodes"][0]["topic_set"], answers[2]), ("refused", "head_full", "not_asked"))

    def test_no_node_that_can_be_used_exits_2(self):
        report = self.check("--beacon-node", f"a=http://127.0.0.1:{closed_port()}", code=2)
        self.assertEqual((report["verdict"], self.findings(report["nodes"][0])), ("unusable", ["unreachable"]))
        node, url = self.scripted()
        report = self.check("--beacon-node", f"a={url}", "--network", "mainnet", code=2)
        self.assertEqual(self.findings(report["nodes"][0]), ["wrong_network"])

    def test_an_offline_execution_client_is_degraded(self):
        _, url = self.scripted(el_offline=True)
        report = self.check("--beacon-node", f"a={url}", code=1)
        self.assertEqual(self.findings(report["nodes"][0]), ["el_offline"])
        self.assertEqual(report["chain"]["genesis_time"], "2020-09-13T12:26:40Z")

    def test_a_clock_that_is_off(self):
        _, url = self.scripted(date=-30)
        report = self.check("--beacon-node", f"a={url}", code=1)
        self.assertEqual([finding["finding"] for finding in report["findings"] if finding["verdict"] != "good"],
                         ["clock_off"])
        self.assertEqual(report["clock"]["level"], "verdicts_suspended")
        self.assertAlmostEqual(report["clock"]["offset_seconds"], 30, delta=2)

    def test_a_stream_that_is_held_back_is_told_with_what_to_set(self):
        node, url = self.scripted()
        node.stream = lambda connection, request: time.sleep(10)
        report = self.check("--beacon-node", f"a={url}", "--timeout", "3", code=1)
        finding = report["nodes"][0]["findings"][0]
        self.assertEqual(finding["finding"], "stream_no_answer")
        self.assertIn("proxy_buffering off", finding["advice"])

    def test_the_whole_is_bounded_in_time(self):
        _, good = self.scripted()
        never = threading.Event()
        silent = self.serve(lambda connection, request: never.wait(20))
        self.addCleanup(never.set)
        begin = time.monotonic()
        report = self.check("--beacon-node", f"a={silent.url()}", "--beacon-node", f"b={good}", "--timeout", "1", code=1)
        self.assertLess(time.monotonic() - begin, 8)
        self.assertEqual([node["verdict"] for node in report["nodes"]], ["unusable", "good"])
        self.assertIn("deadline", report["nodes"][0]["findings"][0]["problem"])

    def test_the_table_begins_with_the_verdict(self):
        nodes = self.simulate(("alpha", "lighthouse"), ("beta", "lighthouse", 'kind = "down"'))
        code, out, err = run("check", *nodes)
        self.assertEqual((code, err), (1, ""))
        lines = out.splitlines()
        self.assertEqual(lines[0], "WARNING: degraded, 1 of 2 nodes good, beta unusable (unreachable)")
        self.assertRegex(lines[1], "^NODE +VERDICT +CLIENT +NETWORK +TOPICS +SYNC +HEAD SLOT +OUR CLOCK$")
        self.assertRegex(lines[2], r"^alpha +good +Lighthouse/\S+ +\S+ +head_v2_full +in sync +\d+")
        self.assertRegex(lines[3], r"^beta +unusable +- +- +- +- +- +-$")
        self.assertRegex(out, r"beta: unusable: unreachable: it accepts no connection \(connect_failed: Connection refused\)\. "
                              r"Start the beacon node")

    def test_what_cannot_be_checked_exits_3_with_one_line(self):
        for arguments, text in (([], "no nodes"), (["--config", self.path("none.toml")], "none.toml: cannot be read"),
                                (["--config", self.path("bad.toml", "a = [")], "bad.toml:1"),
                                (["--beacon-node", "a=ftp://h"], "--beacon-node: "), (["--bogus"], "unknown option --bogus"),
                                (["--beacon-node", "a=http://h", "--timeout", "0"], "--timeout wants seconds"),
                                (["--beacon-node", "a=http://h", "--timeout", "301"], "--timeout wants seconds from 0.5 to 300"),
                                (["--beacon-node", "a=http://h", "--format", "xml"], "--format wants table or json")):
            code, out, err = run("check", *arguments)
            self.assertEqual((code, out, err.count("\n")), (3, "", 1), err)
            self.assertTrue(err.startswith("headmon: "), err)
            self.assertIn(text, err)
        with open("/dev/full", "wb") as full:
            program = self.start("check", "--beacon-node", f"a=http://127.0.0.1:{closed_port()}", stdout=full)
            self.assertEqual(program.end()[0], 3)

    def test_a_signal_in_the_middle_exits_3(self):
        asked = threading.Event()
        silent = self.serve(lambda connection, request: (asked.set(), time.sleep(20)))
        program = self.start("check", "--beacon-node", f"a={silent.url()}", "--timeout", "60")
        self.assertTrue(asked.wait(20))
        code, out, err = program.stop(signal.SIGINT)
        self.assertEqual((code, out), (3, ""))
        self.assertEqual(err, "headmon: interrupted before every node was checked\n")


class Doctor(Look):
    def test_a_good_node_in_sentences(self):
        _, url = self.scripted()
        code, out, err = run("doctor", url)
        self.assertEqual((code, err), (0, ""), out)
        self.assertIn(f"The node at {url}:\nIt is Lighthouse/v7.0.1.\n"
                      "Its network is scripted: genesis 2020-09-13T12:26:40Z, slots of 12 s.\nIt is in sync.\n", out)
        self.assertIn("Its event stream takes the topics head_v2,block,chain_reorg,finalized_checkpoint.\n", out)
        self.assertTrue(out.endswith("\nVerdict: good.\n"), out)
        self.assertNotIn("Problem:", out)

    def test_each_problem_with_what_to_do(self):
        _, offline = self.scripted(el_offline=True)
        _, prefixed = self.scripted(prefix="/prefix")
        wants_key = self.serve(lambda connection, request: answer(connection, {}, 401)).url()
        plain = offline.replace("http://", "https://")
        for url, code, problem, advice in (
                (offline, 1, "its execution client is offline", "Its execution client does not answer it: see"),
                (prefixed.replace("/prefix", ""), 2, "it does not know the path (status 404)", "Check the URL"),
                (wants_key, 2, "it wants other credentials (status 401)", "Check the key"),
                (plain, 2, "it fails at TLS (tls_failed", "Check that this port speaks https"),
                ("http://nowhere.invalid", 2, "it has a host name that cannot be looked up (dns_failed",
                 "Check the spelling of the host name"),
                (f"http://127.0.0.1:{closed_port()}", 2, "it accepts no connection (connect_failed", "Start the beacon node")):
            got, out, err = run("doctor", url)
            self.assertEqual((got, err), (code, ""), out)
            self.assertIn(f"\nProblem: {problem}", out)
            self.assertIn(f"\n  {advice}", out)
        got, out, _ = run("doctor", prefixed)
        self.assertEqual(got, 0, out)

    def test_headers_are_sent(self):
        node = Scripted()
        server = self.serve(node)
        self.assertEqual(run("doctor", server.url(), "--header", f"X-Key: {SECRET}")[0], 0)
        self.assertTrue(server.requests)
        for request in server.requests:
            self.assertIn(f"X-Key: {SECRET}\r\n", request)

    def test_a_silent_stream_is_found_by_waiting(self):
        nodes = self.simulate(("a", "lighthouse", 'kind = "stalled"'), slot_ms=500)
        code, out, err = run("doctor", nodes[1].split("=", 1)[1], "--wait")
        self.assertEqual((code, err), (2, ""), out)
        self.assertIn("no head came on its event stream, and its own head moved", out)

    def test_usage_errors_exit_3(self):
        for arguments, text in (([], "no node; give its URL"), (["ftp://h"], "URL: "), (["http://h", "x"], "headmon --help"),
                                (["http://h", "--ca-file", self.path("none.pem")], "CA file")):
            code, out, err = run("doctor", *arguments)
            self.assertEqual((code, out, err.count("\n")), (3, "", 1), err)
            self.assertIn(text, err)


class Secrets(Look):
    def test_none_is_shown_of_nodes_that_work_and_that_fail(self):
        secret = f"/{SECRET}-path?key={SECRET}-query"
        userinfo = f"user:{SECRET}-pw@"
        node = Scripted(prefix=f"/{SECRET}-path")

        def refuses(connection, request):
            connection.sendall(b"HTTP/1.1 401 " + request.split("\r\n")[0].encode() + b"\r\nContent-Length: 0\r\n\r\n")

        def redirects(connection, _):
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: ftp://u:%s@h/%s\r\nContent-Length: 0\r\n\r\n"
                               % (SECRET.encode(), SECRET.encode()))

        servers = [self.serve(script) for script in (node, refuses, redirects)]
        urls = [server.url(secret, userinfo) for server in servers]
        urls += [f"https://{userinfo}127.0.0.1:{servers[0].port}{secret}",
                 f"http://{userinfo}127.0.0.1:{closed_port()}{secret}", f"http://{userinfo}nowhere.invalid{secret}"]
        options = [word for url in urls for word in ("--beacon-node", url)]
        for ending in ([], ["--format", "json"]):
            code, out, err = run("check", *options, *ending)
            self.assertEqual(code, 1, err + out)
            self.assertNotIn(SECRET, out + err)
        for url in urls:
            code, out, err = run("doctor", url, "--header", f"X-Key: {SECRET}-header")
            self.assertIn(code, (0, 2), err + out)
            self.assertNotIn(SECRET, out + err)
        for arguments in (["doctor", f"ftp://u:{SECRET}@h/"], ["doctor", "http://h", SECRET], ["doctor", f"http://u:{SECRET}@/"],
                          ["doctor", "http://h", "--header", SECRET], ["check", SECRET],
                          ["check", "--beacon-node", f"http://u:{SECRET}@/"], ["doctor", "http://h", "--timeout", SECRET]):
            code, out, err = run(*arguments)
            self.assertEqual(code, 3, f"{arguments} {err}")
            self.assertNotIn(SECRET, out + err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
