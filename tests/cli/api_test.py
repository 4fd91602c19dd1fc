#!/usr/bin/env python3
"""headmon run serves the API: every answer is held against docs/openapi.yaml, over simulated nodes.

usage: HEADMON=PROGRAM api_test.py [unittest arguments]; wants jsonschema and yaml (Debian: python3-jsonschema, python3-yaml).
"""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import socket
import time
import unittest

import jsonschema
import yaml
from commands_support import Case, beacon_node, run

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
LIMIT = 40

SCENARIO = """
slot_ms = 400
gloas_from_epoch = 1
[[node]]
name = "alpha"
client = "lighthouse"
[[node]]
name = "beta"
client = "nimbus"
delay_ms = 150
"""


class Page:
    """docs/openapi.yaml: the schema of each answer."""

    def __init__(self):
        self.page = yaml.safe_load(PAGE.read_text(encoding="utf-8"))

    def resolve(self, item):
        while "$ref" in item:
            found = self.page
            for step in item["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            item = found
        return item

    def response(self, path, status):
        responses = self.page["paths"][path]["get"]["responses"]
        assert str(status) in responses, f"{path} may not answer {status}"
        return self.resolve(responses[str(status)])

    def check(self, schema, value):
        # The references of a schema start at the page's root.
        jsonschema.Draft202012Validator({**schema, "components": self.page["components"]}).validate(value)


class Events:
    """A client of an event stream, as the specification of server-sent events has it."""

    def __init__(self, port, target, headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        self.connection.request("GET", target, headers={"Accept": "text/event-stream", **(headers or {})})
        self.answer = self.connection.getresponse()
        self.comments = []

    def next(self):
        """(type, id, data) of the next event."""
        fields = {}
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            elif "data" in fields:
                return fields["event"], fields["id"], json.loads(fields["data"])
            else:
                fields = {}

    def close(self):
        self.connection.close()


class Api(Case):
    @classmethod
    def setUpClass(cls):
        cls.page = Page()

    def follow(self, scenario=SCENARIO, rest=""):
        """A running headmon over simulated nodes, and the port of its API."""
        path = self.path("scenario.toml", scenario)
        simulator = self.start("simulate", "--scenario", path)
        names = re.findall(r'name = "(\w+)"', scenario)
        simulator.wait_for(lambda: simulator.out.decode().count("http://") >= len(names), "URLs of the nodes")
        urls = re.findall(r"http://[\d.]+:\d+", simulator.out.decode())
        nodes = "".join(f'[[node]]\nname = "{name}"\nurl = "{url}"\n' for name, url in zip(names, urls))
        program = self.start("run", "--config", self.path("headmon.toml", rest + nodes))
        program.wait_err("API served url=")
        return program, int(re.search(r"API served url=\S+:(\d+)", program.err.decode()).group(1))

    def get(self, port, target, path=None, headers=None):
        """(status, body) of an answer that is as docs/openapi.yaml has it for `path`."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        connection.request("GET", target, headers=headers or {})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        self.assertEqual(answer.getheader("Content-Type"), "application/json")
        connection.close()
        response = self.page.response(path or target.partition("?")[0], answer.status)
        self.page.check(response["content"]["application/json"]["schema"], body)
        return answer.status, body

    def wait_until(self, port, target, condition, path=None):
        end = time.monotonic() + LIMIT
        while not condition(*(answer := self.get(port, target, path))):
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.1)
        return answer[1]

    def test_every_answer_is_as_the_page_has_it(self):
        program, port = self.follow(rest=f'[history]\npath = "{self.path("history.db")}"\n')
        asked = set()

        def get(target, path=None, **options):
            status, body = self.get(port, target, path, **options)
            asked.add((path or target.partition("?")[0], str(status)))
            return status, body

        get("/readyz")
        get("/v1/best-node")
        self.wait_until(port, "/readyz", lambda status, _: status == 200)
        self.wait_until(port, "/v1/nodes/alpha/ready", lambda status, _: status == 200, "/v1/nodes/{name}/ready")
        self.wait_until(port, "/v1/best-node", lambda status, _: status == 200)
        self.wait_until(port, "/v1/slots", lambda _, body: any(slot["verdict"] for slot in body["slots"]))
        self.assertEqual(get("/readyz")[0], 200)
        self.assertEqual({node["node"] for node in get("/v1/nodes")[1]["nodes"]}, {"alpha", "beta"})
        self.assertEqual(get("/v1/nodes/alpha", "/v1/nodes/{name}")[1]["health"], "good")
        self.assertEqual(get("/v1/nodes/nobody", "/v1/nodes/{name}")[0], 404)
        self.assertEqual(get("/v1/nodes/alpha/ready", "/v1/nodes/{name}/ready")[0], 200)
        self.assertEqual(get("/v1/nodes/nobody/ready", "/v1/nodes/{name}/ready")[0], 404)
        self.assertEqual(len(get("/v1/slots?last=1")[1]["slots"]), 1)
        self.assertEqual(get("/v1/slots?last=many")[0], 400)
        services = {service["service"] for service in get("/v1/services")[1]["services"]}
        self.assertLessEqual({"monitor", "web/api", "web/metrics"}, services)
        self.wait_until(port, "/v1/best-node", lambda _, body: body["node"] == "alpha")
        get("/v1/best-node")
        get("/v1/version")
        get("/healthz")
        self.assertIsNotNone(get("/v1/head")[1]["merged"])
        self.assertEqual(get("/eth/v1/events?topics=weather_forecast")[1],
                         {"code": 400, "message": "Invalid topic: weather_forecast"})
        get("/eth/v1/events?topics=head", headers={"Accept": "application/json"})
        get("/v1/events?kinds=weather")
        get("/v1/events", headers={"Accept": "text/html"})
        get("/page/nothing.js", "/page/{name}")
        get("/v1/state", headers={"Accept": "application/json"})
        self.read_state(port)
        asked.add(("/v1/state", "200"))
        for target in ("/eth/v1/events?topics=head", "/v1/events"):
            Events(port, target).close()
            asked.add((target.partition("?")[0], "200"))
        self.ask_history(port, get, asked)
        # Of the answers that the page names, only two are left to the tests of the limits.
        named = {(path, status) for path, item in self.page.page["paths"].items() if "get" in item and path != "/v1/candidates"
                 for status in item["get"]["responses"]}
        # The page is no JSON: tests/api/page_test.cpp.
        named -= {("/", "200"), ("/", "304"), ("/", "404"), ("/page/{name}", "200")}
        left = named - asked
        self.assertLessEqual(left, {("/eth/v1/events", "503"), ("/v1/events", "503"), ("/v1/state", "503"), ("/readyz", "503"),
                                    ("/v1/best-node", "503"), ("/v1/nodes/{name}/ready", "503")}
                             # Where too much waits for slow clients.
                             | {(path, "503") for path in ("/v1/head", "/v1/nodes", "/v1/slots", "/v1/services", "/v1/version")}
                             # And what is so where no history is kept, or where it cannot be read: below.
                             | {(path, status) for path in self.page.page["paths"] if path.startswith("/v1/history/")
                                for status in ("404", "503")})
        self.assertEqual(program.stop()[0], 0)

    def read_state(self, port):
        """Reads the state until each object of two running nodes has changed."""
        schemas = self.page.response("/v1/state", 200)["content"]["text/event-stream"]["x-events"]
        stream, seen = Events(port, "/v1/state", {"Last-Event-ID": "of-another-stream"}), []
        while not {"node", "slot", "best_node", "chain"} <= set(seen):
            kind, _, data = stream.next()
            self.page.check(schemas[kind], data)
            if not seen:
                self.assertEqual(kind, "snapshot")
                self.assertEqual([node["node"] for node in data["nodes"]], ["alpha", "beta"])
                self.assertTrue(data["about"]["has_history"])
            seen.append(kind)
        self.assertEqual(stream.comments, [])
        stream.close()

    def lines(self, port, target):
        """The lines of an export, and its media type."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        connection.request("GET", target)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.status, 200, text)
        return answer.getheader("Content-Type"), text.splitlines()

    def ask_history(self, port, get, asked):
        kinds = ("slots", "heads", "streams", "reorgs", "health", "gaps")
        self.wait_until(port, "/v1/history/slots", lambda _, body: len(body["rows"]) > 3)
        self.wait_until(port, "/v1/history/heads", lambda _, body: any(head["is_proven"] for head in body["rows"]))
        for kind in kinds:
            status, body = get(f"/v1/history/{kind}")
            self.assertEqual(status, 200)
            if kind in ("slots", "heads", "streams", "health"):
                self.assertTrue(body["rows"], kind)
            self.assertEqual(get(f"/v1/history/{kind}?from=never")[0], 400)
            page = self.page.resolve(self.page.response("/v1/history/export", 200)["content"]["application/x-ndjson"]["x-lines"][kind])
            media, lines = self.lines(port, f"/v1/history/export?kind={kind}")
            self.assertEqual(media, "application/x-ndjson")
            for line in lines:
                self.page.check(page, json.loads(line))
        first = get("/v1/history/heads?limit=1")[1]
        second = get(f"/v1/history/heads?limit=1&cursor={first['next']}")[1]
        self.assertLess(first["rows"][0]["at"], second["rows"][0]["at"])
        # Not the head that it had before: a window of slots ends 32 slots later.
        slot = next(head["slot"] for head in get("/v1/history/heads")[1]["rows"]
                    if head["node"] == "alpha" and head["source"] == "stream")
        heads = get(f"/v1/history/heads?from={slot}&to={int(slot) + 1}&node=alpha")[1]["rows"]
        self.assertEqual({(head["slot"], head["node"]) for head in heads}, {(slot, "alpha")})
        self.assertEqual(self.lines(port, "/v1/history/export?format=csv")[1][0].partition(",")[0], "at")
        asked.add(("/v1/history/export", "200"))
        self.assertEqual(get("/v1/history/worst?node=alpha")[0], 200)
        self.assertEqual(get("/v1/history/worst")[0], 400)
        self.assertEqual(get("/v1/history/export?kind=secrets")[0], 400)
        self.assertEqual({node["node"] for node in get("/v1/history/summary?window=90m")[1]["nodes"]}, {"alpha", "beta"})
        self.assertEqual(get("/v1/history/summary?window=now")[0], 400)
        plots = get("/v1/history/plots?window=90m")[1]
        self.assertEqual([node["node"] for node in plots["nodes"]], ["alpha", "beta"])
        self.assertEqual(len(plots["nodes"][0]["lags_within"]), len(plots["lag_edges_ms"]))
        self.assertGreater(sum(plots["nodes"][0]["heads_by_part"]), 0)
        self.assertEqual(get("/v1/history/plots?from=never")[0], 400)

    def test_no_history_is_a_404_and_one_that_cannot_be_read_a_503(self):
        paths = [path for path in self.page.page["paths"] if path.startswith("/v1/history/")]
        self.assertEqual(len(paths), 10)
        for options, status in ([], 404), (["--history", self.path("nowhere/history.db")], 503):
            program = self.start("run", "--beacon-node", "a=http://127.0.0.1:1", *options)
            program.wait_err("API served url=")
            port = int(re.search(r"API served url=\S+:(\d+)", program.err.decode()).group(1))
            for path in paths:
                # Until the reader runs, it is closed, which is a 503 too.
                got, body = self.get(port, path + "?node=a" * path.endswith("worst"), path)
                self.assertEqual(got, status, body)
                self.assertNotIn("nowhere", body["message"])
            self.assertEqual(program.stop()[0], 0)

    def test_what_is_not_ready_says_so_as_the_page_has_it(self):
        program = self.start("run", "--beacon-node", "a=http://127.0.0.1:1")
        program.wait_err("API served url=")
        port = int(re.search(r"API served url=\S+:(\d+)", program.err.decode()).group(1))
        self.wait_until(port, "/v1/nodes/a/ready", lambda status, body: (status, "no_stream" in body["reasons"]) == (503, True),
                        "/v1/nodes/{name}/ready")
        self.assertIn("no_usable_node", self.get(port, "/readyz")[1]["reasons"])
        self.assertEqual(self.get(port, "/v1/best-node")[0], 503)
        self.assertEqual(self.get(port, "/healthz")[0], 200)

    def test_events_of_two_nodes_are_one_stream_as_the_page_has_it(self):
        _, port = self.follow()
        schemas = self.page.response("/eth/v1/events", 200)["content"]["text/event-stream"]["x-events"]
        stream = Events(port, "/eth/v1/events?topics=head,head_v2,block,chain_reorg,finalized_checkpoint")
        self.assertEqual(stream.answer.getheader("X-Accel-Buffering"), "no")
        heads, versions, blocks, ids = [], [], [], []
        # Past the fork at slot 8: of each block two payloads.
        while not versions or int(versions[-1]["data"]["slot"]) < 12:
            topic, number, data = stream.next()
            self.page.check(schemas[topic], data)
            ids.append(number)
            {"head": heads, "head_v2": versions, "block": blocks}.get(topic, []).append(data)
        self.assertEqual(len(set(ids)), len(ids))
        roots = [head["block"] for head in heads]
        self.assertEqual(len(set(roots)), len(roots), "each head once")
        self.assertEqual([int(head["slot"]) for head in heads], sorted(int(head["slot"]) for head in heads))
        payloads = [(one["data"]["block"], one["data"].get("payload_status")) for one in versions]
        self.assertEqual(len(set(payloads)), len(payloads), "each payload once")
        self.assertIn("full", {status for _, status in payloads})
        self.assertEqual(len({block["block"] for block in blocks}), len(blocks))
        # A client that comes back goes on behind its id.
        again = Events(port, "/eth/v1/events?topics=head,head_v2,block,chain_reorg,finalized_checkpoint",
                       {"Last-Event-ID": ids[2]})
        self.assertEqual([again.next()[1] for _ in ids[3:]], ids[3:])
        self.assertEqual(again.comments, [])

    def test_a_slashing_that_two_nodes_report_comes_once(self):
        scenario = "slashed_slots = [6, 8, 10]\n" + SCENARIO
        _, port = self.follow(scenario, '[monitor]\nextra_topics = ["proposer_slashing", "voluntary_exit"]\n')
        updates = Events(port, "/v1/events?kinds=node_event")
        stream = Events(port, "/eth/v1/events?topics=proposer_slashing")
        schema = self.page.response("/v1/events", 200)["content"]["text/event-stream"]["x-event"]
        told, reports = [], []
        while len(told) < 2:
            topic, _, data = stream.next()
            self.assertEqual(topic, "proposer_slashing")
            told.append(data["signed_header_1"]["message"]["slot"])
        self.assertEqual(len(set(told)), 2)
        while len(reports) < 4:
            kind, _, data = updates.next()
            self.page.check(schema, data)
            self.assertEqual((kind, data["topic"]), ("node_event", "proposer_slashing"))
            reports.append((data["node"], data["content"]))
        self.assertEqual({node for node, _ in reports}, {"alpha", "beta"})
        self.assertEqual(len({content for _, content in reports}), 2)
        self.assertEqual(self.get(port, "/v1/nodes/alpha", "/v1/nodes/{name}")[1]["has_extra_topics"], True)
        self.assertEqual(self.get(port, "/eth/v1/events?topics=attester_slashing")[1],
                         {"code": 400, "message": "Invalid topic: attester_slashing"})

    def test_updates_are_as_the_page_has_them(self):
        _, port = self.follow()
        schema = self.page.response("/v1/events", 200)["content"]["text/event-stream"]["x-event"]
        stream = Events(port, "/v1/events?kinds=node_head,best_head&nodes=beta")
        for _ in range(4):
            kind, _, data = stream.next()
            self.page.check(schema, data)
            self.assertEqual((data["update"], data["node"]), (kind, "beta"))

    def test_a_restart_of_the_monitor_closes_no_stream(self):
        program, port = self.follow()
        heads = Events(port, "/eth/v1/events?topics=head")
        updates = Events(port, "/v1/events?kinds=run_ended,run_started")
        first = heads.next()
        config = pathlib.Path(self.folder, "headmon.toml")
        # A longer name for the same node is another list.
        config.write_text(config.read_text().replace('"beta"', '"gamma"'))
        self.assertEqual(updates.next()[0], "run_ended")
        self.assertEqual(updates.next()[2]["nodes"], ["alpha", "gamma"])
        slots = [int(heads.next()[2]["slot"]) for _ in range(4)]
        self.assertEqual(slots, sorted(set(slots)))
        self.assertGreater(slots[0], int(first[2]["slot"]))
        self.assertEqual(program.stop()[0], 0)

    def test_an_address_that_others_reach_must_be_allowed(self):
        code, out, err = run("run", "--beacon-node", "a=http://127.0.0.1:1", "--api-address", "0.0.0.0:0")
        self.assertEqual((code, out), (2, ""))
        self.assertTrue(err.startswith("headmon: --api-address: the API would be open to other machines;"), err)

    def test_off_is_off_and_a_port_in_use_says_what_to_do(self):
        server = self.serve(beacon_node(0.1))
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--api-address", "off", "--log-level", "debug")
        program.wait_err("best head")
        self.assertNotIn("API served", program.stop()[2])
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            code, _, err = run("run", "--beacon-node", f"a={server.url()}", "--api-address", address)
        self.assertEqual(code, 2)
        self.assertEqual(err.splitlines()[-1], f"headmon: API address {address}: Address already in use; stop what listens there, "
                         "or choose another one with --api-address (off: no API)")

    def test_random_requests_end_nothing(self):
        program, port = self.follow()
        seed = int(os.environ.get("HEADMON_SEED", time.time_ns() % 2**32))
        dice = random.Random(seed)
        words = [b"GET ", b"POST ", b"HEAD ", b"/", b"/eth/v1/events", b"?topics=", b"/v1/nodes/", b"/../", b"%2e%2e", b"%00", b"%",
                 b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: localhost\r\n", b"Host: " + b"h" * 9000 + b"\r\n", b"\r\n", b"\r\n\r\n",
                 b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n",
                 b"Transfer-Encoding: chunked\r\n", b"zz\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b"Last-Event-ID: x\r\n", b"head",
                 b"\x00\xff", b":", b"Accept: ;;q=,\r\n", b"ready", b"/v1/slots?last=", b"-1", b"Expect: 100-continue\r\n"]
        requests = int(os.environ.get("HEADMON_RANDOM_REQUESTS", 500))
        for number in range(requests):
            request = b"".join(dice.choice(words) for _ in range(dice.randint(1, 12)))
            if dice.random() < 0.5:
                request = b"GET /" + request + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
            with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
                client.settimeout(0.01)
                # A request may be refused while it is being sent.
                with contextlib.suppress(OSError):
                    client.sendall(request)
                    client.recv(65536)
            if number % 100 == 0:
                self.assertEqual(self.get(port, "/healthz")[0], 200, f"HEADMON_SEED={seed}")
        self.wait_until(port, "/readyz", lambda status, _: status == 200)
        self.assertEqual(program.stop()[0], 0, f"HEADMON_SEED={seed}")


if __name__ == "__main__":
    unittest.main()
