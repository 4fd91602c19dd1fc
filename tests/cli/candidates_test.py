#!/usr/bin/env python3
"""The list of nodes, changed while headmon runs: over the API, by `headmon candidates`, and kept over restarts and kills.

usage: HEADMON=PROGRAM candidates_test.py [unittest arguments]; wants jsonschema and yaml (Debian: python3-jsonschema, python3-yaml).
"""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import stat
import threading
import time
import unittest

import jsonschema
import yaml
from commands_support import LIMIT, SECRET, Case, beacon_node, closed_port, run

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
# Real waits for a process that is killed: so long, and no longer.
KILLS = int(os.environ.get("HEADMON_KILLS", 12))
RANDOM_REQUESTS = int(os.environ.get("HEADMON_RANDOM_REQUESTS", 10_000))
RANDOM_SECONDS = 20


class Page:
    """docs/openapi.yaml: the schema of each answer."""

    def __init__(self):
        self.page = yaml.safe_load(PAGE.read_text(encoding="utf-8"))

    def check(self, method, path, status, body):
        responses = self.page["paths"][path][method.lower()]["responses"]
        assert str(status) in responses, f"{method} {path} may not answer {status}"
        response = responses[str(status)]
        if "$ref" in response:
            response = self.page["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": self.page["components"]}).validate(body)

    def check_request(self, method, path, body):
        schema = self.page["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": self.page["components"]}).validate(body)


class Candidates(Case):
    @classmethod
    def setUpClass(cls):
        cls.page = Page()
        cls.seen = set()

    def setUp(self):
        super().setUp()
        self.state = self.path("state")

    def nodes(self, count=3):
        return [self.serve(beacon_node(0.2)).url(path=f"/{SECRET}") for _ in range(count)]

    def follow(self, config, *options, level="info"):
        """A running headmon: (program, port of its API, token)."""
        program = self.start("run", "--config", config, "--state-dir", self.state, "--log-level", level, *options)
        program.wait_err("API served url=")
        port = int(re.search(r"API served url=\S+:(\d+)", program.err.decode()).group(1))
        program.wait_err("nodes may be changed over the API by whoever has the token")
        path = re.search(r"token_file=(\S+)", program.err.decode()).group(1)
        return program, port, pathlib.Path(path).read_text(encoding="ascii").strip()

    def ask(self, port, token, method="GET", target="/v1/candidates", body=None, headers=None):
        """(status, body, headers) of an answer that is as docs/openapi.yaml has it."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        headers = {"Authorization": f"Bearer {token}", **(headers or {})}
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, target, body=text, headers=headers)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        connection.close()
        path = target.partition("?")[0]
        self.page.check(method, path, answer.status, found)
        if answer.status == 200 and body is not None:
            self.page.check_request(method, path, body)
        self.seen.add((method, path, answer.status))
        self.assertNotIn(SECRET, json.dumps(found))
        return answer.status, found, answer.headers

    def put(self, port, token, entries, query="", **headers):
        status, body, _ = self.ask(port, token, "PUT", "/v1/candidates" + query, {"candidates": entries}, headers)
        return status, body

    def names(self, port, token):
        return [node["name"] for node in self.ask(port, token)[1]["candidates"]]

    def test_a_list_is_read_tried_changed_and_kept(self):
        one, two, three = self.nodes()
        config = self.config(one, two)
        program, port, token = self.follow(config)
        status, now, headers = self.ask(port, token)
        self.assertEqual((status, now["source"], now["is_saved"]), (200, "config", False))
        self.assertEqual(now["candidates"], [{"name": f"node-{i}", "origin": url.removesuffix("/" + SECRET)}
                                             for i, url in enumerate((one, two), 1)])
        self.assertEqual(headers["ETag"], f'"{now["revision"]}"')

        new = [{"name": "node-2"}, {"name": "gamma", "url": three, "headers": {"X-Key": SECRET}, "stalled_slots": 3}]
        status, tried = self.put(port, token, new, "?dry_run=true")
        self.assertEqual((status, tried["is_dry_run"], tried["opens"], tried["closes"], tried["reopens"]),
                         (200, True, ["gamma"], ["node-1"], ["node-2"]))
        self.assertEqual(self.names(port, token), ["node-1", "node-2"])
        self.assertFalse(os.path.exists(self.path("state/candidates.json")))

        status, changed = self.put(port, token, new, **{"If-Match": headers["ETag"]})
        self.assertEqual((status, changed["is_changed"], changed["is_saved"], changed["source"]), (200, True, True, "api"))
        program.wait_err("stream open node=gamma")
        self.assertEqual(self.put(port, token, new, **{"If-Match": headers["ETag"]})[0], 412)
        saved = pathlib.Path(self.path("state/candidates.json"))
        self.assertEqual(stat.S_IMODE(saved.stat().st_mode), 0o600)
        self.assertEqual(self.put(port, token, new)[1]["is_changed"], False)

        # A touched file and SIGHUP leave it, and so does a restart.
        os.utime(config)
        program.wait_err("config read again: same content, so the nodes that were set over the API stay")
        program.process.send_signal(signal.SIGHUP)
        program.wait_err("stay why=SIGHUP nodes=2")
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertNotIn(SECRET, err)
        self.assertNotIn(token, err)
        program, port, again = self.follow(config)
        self.assertEqual(again, token)
        program.wait_err("following the nodes that were set over the API")
        program.wait_err("stream open node=gamma")
        self.assertEqual(self.names(port, token), ["node-2", "gamma"])

        # Another content of the config ends it, for good.
        self.config(one, two, rest="# another content\n")
        program.wait_err("the nodes that were set over the API are followed no longer")
        program.wait_err("config read again: new nodes why=\"file changed\" nodes=2")
        self.assertEqual(self.names(port, token), ["node-1", "node-2"])
        program.wait_for(lambda: not saved.exists(), "removal of the saved list")
        self.config(one, two)
        program.wait_err("config read again: same nodes")
        self.assertEqual(self.ask(port, token)[1]["source"], "config")
        self.assertEqual(program.stop()[0], 0)

    def test_a_config_that_changed_while_headmon_was_away_comes_first(self):
        one, two, _ = self.nodes()
        config = self.config(one, two)
        program, port, token = self.follow(config)
        self.assertEqual(self.put(port, token, [{"name": "node-2"}])[0], 200)
        self.assertEqual(program.stop()[0], 0)
        self.config(one, two, rest="# another content\n")
        program, port, token = self.follow(config)
        program.wait_err("following the nodes of the config: it has changed since others were set over the API")
        self.assertEqual(self.names(port, token), ["node-1", "node-2"])
        self.assertFalse(os.path.exists(self.path("state/candidates.json")))

    def test_lighthouse_clients_change_the_list_too(self):
        one, two, three = self.nodes()
        program, port, token = self.follow(self.config(one, two))
        status, body, _ = self.ask(port, token, "POST", "/lighthouse/beacon/update", {"beacon_nodes": [two + "/", three]})
        self.assertEqual((status, body), (200, {"data": {"new_beacon_nodes_list":
                                                         [url.removesuffix("/" + SECRET) for url in (two, three)]}}))
        self.assertEqual(self.names(port, token), ["node-2", three.removesuffix("/" + SECRET).removeprefix("http://")])
        program.wait_err("nodes changed over the API, and saved")
        status, body, _ = self.ask(port, token, "POST", "/lighthouse/beacon/update", '{"beacon_nodes":["x"]}')
        self.assertEqual((status, body["message"]), (400, 'entry 1: no scheme://host; write "http://HOST:PORT"'))

    def test_a_wrong_list_changes_nothing_and_says_which_entry(self):
        one, two, _ = self.nodes()
        program, port, token = self.follow(self.config(one, two))
        deep = "[" * 30_000 + "]" * 30_000
        for body in ("", "[]", "{}", "nonsense", '{"candidates":[]}', '{"candidates":' + deep + "}", deep, "\x00",
                     b"\xff\xfe", '{"candidates":[{"name":"node-1"},{"name":"node-1"}]}'):
            status, answer, _ = self.ask(port, token, "PUT", body=body)
            self.assertEqual(status, 400, body)
        for entry, problem in (({"name": "x"}, "no node of that name is known; give its url"),
                               ({"name": "x", "url": f"ftp://{SECRET}"},
                                'the scheme is not http or https; write url = "http://HOST:PORT"'),
                               ({"name": "x", "url": one, "client_key_file": "/etc/shadow"},
                                "client_key_file is for the config file alone; name a node that it has")):
            status, answer, _ = self.ask(port, token, "PUT", body=json.dumps({"candidates": [{"name": "node-1"}, entry]}))
            self.assertEqual((status, answer["message"]), (400, f'entry 2 "x": {problem}'))
        status, _, _ = self.ask(port, token, "PUT", target="/v1/candidates?dry_run=maybe", body="{}")
        self.assertEqual(status, 400)
        self.assertEqual(self.ask(port, token)[1]["source"], "config")
        self.assertFalse(os.path.exists(self.path("state/candidates.json")))
        _, _, err = program.stop()
        self.assertEqual(err.count("run started"), 1)

    def test_nobody_comes_in_without_the_token(self):
        one, _, _ = self.nodes()
        program, port, token = self.follow(self.config(one), "--metrics-address", "127.0.0.1:0")
        for wrong in ("", "x", token[:-1], token + "0", token.upper() if token.upper() != token else "y" * 64):
            for method, target in (("GET", "/v1/candidates"), ("PUT", "/v1/candidates"), ("POST", "/lighthouse/beacon/update")):
                status, body, headers = self.ask(port, wrong, method, target, None if method == "GET" else "{}")
                self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
                self.assertNotIn(token, json.dumps(body))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        connection.request("GET", f"/v1/candidates?token={token}&access_token={token}")
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()
        metrics = int(re.search(r"metrics served url=\S+?:(\d+)/", program.err.decode()).group(1))
        connection = http.client.HTTPConnection("127.0.0.1", metrics, timeout=LIMIT)
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
        connection.close()
        self.assertIn('vc_head_monitor_limits_met_total{limit="token",server="api"} 16', page)
        self.assertNotIn(token, page + program.err.decode())

    def test_the_token_file_is_made_once_or_named(self):
        one, _, _ = self.nodes()
        config = self.config(one)
        program, _, token = self.follow(config)
        path = pathlib.Path(self.path("state/api_token"))
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertRegex(token, r"^[0-9a-f]{64}$")
        program.stop()
        own = self.path("own", "my-own-token-of-mine\n")
        os.chmod(own, 0o600)
        program, port, token = self.follow(config, "--api-token-file", own)
        self.assertEqual(token, "my-own-token-of-mine")
        self.assertEqual(self.ask(port, token)[0], 200)
        program.stop()
        code, _, err = run("run", "--config", config, "--api-address", "127.0.0.1:0", "--api-token-file", self.path("none/token/x"))
        self.assertEqual(code, 2)
        self.assertTrue(err.splitlines()[-1].startswith(f"headmon: API token file {self.path('none/token/x')}: cannot be written"), err)

    def test_without_a_token_nobody_may(self):
        one, _, _ = self.nodes()
        program = self.start("run", "--config", self.config(one))
        program.wait_err("API served url=")
        port = int(re.search(r"API served url=\S+:(\d+)", program.err.decode()).group(1))
        for method, target in (("GET", "/v1/candidates"), ("PUT", "/v1/candidates"), ("POST", "/lighthouse/beacon/update")):
            self.assertEqual(self.ask(port, "", method, target, None if method == "GET" else "{}")[0], 403)

    def test_the_command_reads_and_changes_the_list(self):
        one, two, three = self.nodes()
        config = self.config(one, two)
        program, port, token = self.follow(config)
        where = ("--api", f"http://127.0.0.1:{port}", "--api-token-file", self.path("state/api_token"))

        def candidates(*arguments, code=0):
            got, out, err = run("candidates", *arguments, *where)
            self.assertEqual(got, code, err)
            self.assertNotIn(SECRET, out + err)
            self.assertNotIn(token, out + err)
            return out if code == 0 else err

        origins = [url.removesuffix("/" + SECRET) for url in (one, two, three)]
        self.assertEqual(candidates("get"), f"node-1  {origins[0]}\nnode-2  {origins[1]}\n2 nodes, of the config\n")
        self.assertEqual(candidates("add", f"gamma={three}", "--dry-run"),
                         "opens    gamma\nreopens  node-1\nreopens  node-2\na dry run: nothing was changed\n")
        self.assertEqual(candidates("add", f"gamma={three}"),
                         "opens    gamma\nreopens  node-1\nreopens  node-2\nchanged, and saved for the next start\n")
        self.assertEqual(candidates("remove", "node-1"),
                         "closes   node-1\nreopens  node-2\nreopens  gamma\nchanged, and saved for the next start\n")
        self.assertEqual(candidates("get"), f"node-2  {origins[1]}\ngamma   {origins[2]}\n2 nodes, set over the API, and saved\n")
        # A node of the config comes back by its name.
        candidates("add", "node-1")
        self.assertEqual(self.names(port, token), ["node-2", "gamma", "node-1"])
        self.assertEqual(candidates("set", "node-1", "node-2"),
                         "closes   gamma\nreopens  node-1\nreopens  node-2\nchanged, and saved for the next start\n")
        self.assertEqual(candidates("set", "node-1", "node-2"), "nothing changes: these nodes are followed already\n")
        nodes = self.path("nodes.json", json.dumps({"candidates": [{"name": "delta", "url": three, "headers": {"X-Key": SECRET}}]}))
        body = json.loads(candidates("set", "--file", nodes, "--format", "json"))
        self.page.check("PUT", "/v1/candidates", 200, body)
        self.assertEqual(body["closes"], ["node-1", "node-2"])
        self.page.check("GET", "/v1/candidates", 200, json.loads(candidates("get", "--format", "json")))

        self.assertEqual(candidates("remove", "nobody", code=2),
                         "headmon: no node is called nobody; headmon candidates get lists their names\n")
        self.assertEqual(candidates("remove", "delta", code=2), "headmon: no nodes; a list has one at least\n")
        self.assertEqual(candidates("add", f"delta={two}", code=2),
                         'headmon: entry 2 "delta": a second node named "delta" (the first: entry 1 "delta"); '
                         "give each node a name of its own\n")
        self.assertEqual(candidates("set", f"x=ftp://{SECRET}", code=2),
                         'headmon: entry 1 "x": the scheme is not http or https; write url = "http://HOST:PORT"\n')

        wrong = self.path("wrong", "0" * 64)
        code, out, err = run("candidates", "get", *where[:2], "--api-token-file", wrong)
        self.assertEqual((code, out, err), (1, "", f"headmon: headmon does not take the token of {wrong}; its log names its own "
                                                   "token file at the start\n"))
        nowhere = f"http://127.0.0.1:{closed_port()}"
        code, _, err = run("candidates", "get", "--api", nowhere, *where[2:])
        self.assertEqual(code, 1)
        self.assertTrue(err.startswith(f"headmon: no headmon answers at {nowhere}: connect_failed: "), err)
        self.assertIn("give its address with --api", err)
        code, _, err = run("candidates", "get", *where[:2])
        self.assertEqual((code, err), (2, "headmon: no token: give headmon's config with --config FILE, or its token file with "
                                          "--api-token-file FILE; a headmon with neither state_dir nor token_file has none, "
                                          "and takes no changes\n"))

    def test_the_command_finds_address_and_token_in_the_config(self):
        one, _, _ = self.nodes()
        port = closed_port()
        os.mkdir(self.state)
        config = self.config(one, rest=f'[api]\naddress = "127.0.0.1:{port}"\n[monitor]\nstate_dir = "state"\n')
        program = self.start("run", "--config", config, "--api-address", f"127.0.0.1:{port}")
        program.wait_err("API served url=")
        program.wait_err("nodes may be changed")
        code, out, err = run("candidates", "get", "--config", config)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("1 node, of the config", out)

    def test_changes_at_once_each_happen_whole_or_not_at_all(self):
        one, two, three = self.nodes()
        program, port, token = self.follow(self.config(one, two, three))
        lists = [["node-1"], ["node-2"], ["node-3", "node-1"], ["node-1", "node-2", "node-3"]]
        statuses = []

        def change(mine):
            for _ in range(15):
                status, body = self.put(port, token, [{"name": name} for name in mine])
                statuses.append(status)
                if status == 200:
                    self.assertEqual([node["name"] for node in body["candidates"]], mine)
        threads = [threading.Thread(target=change, args=(mine,)) for mine in lists]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(statuses), 60)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertIn(200, statuses)
        self.assertIn(self.names(port, token), lists)
        names = [node["name"] for node in json.loads(pathlib.Path(self.path("state/candidates.json")).read_text())["candidates"]]
        self.assertEqual(names, self.names(port, token))
        self.assertEqual(program.stop()[0], 0)

    def test_a_kill_at_any_moment_leaves_the_old_list_or_the_new_one(self):
        seed = int(os.environ.get("HEADMON_SEED", time.time_ns() % 2**32))
        dice = random.Random(seed)
        urls = self.nodes()
        config = self.config(*urls)
        lists = [["node-1"], ["node-2", "node-3"]]
        last, tried = ["node-1", "node-2", "node-3"], None
        outcomes = set()
        for _ in range(KILLS):
            program, port, token = self.follow(config)
            self.assertNotIn("cannot be read", program.err.decode(), f"HEADMON_SEED={seed}")
            now = self.names(port, token)
            self.assertIn(now, [last] if tried is None else [last, tried], f"HEADMON_SEED={seed}")
            if tried is not None:
                outcomes.add(now == tried)
            last = now
            killer = threading.Timer(dice.uniform(0, 0.03), program.process.kill)
            killer.start()
            # Of the list that is asked for at the moment of the kill nothing is known; of those before it all is.
            tried = None
            for number in range(10_000):
                mine = lists[number % 2]
                try:
                    status, _ = self.put(port, token, [{"name": name} for name in mine])
                except (OSError, http.client.HTTPException, ValueError):
                    tried = mine
                    break
                self.assertEqual(status, 200)
                last = mine
            killer.join()
            program.process.wait(LIMIT)
            left = set(os.listdir(self.state))
            self.assertLessEqual(left, {"api_token", "candidates.json", "candidates.json.new", "slot_time.toml", "slot_time.toml.new"})
            for name in left:
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.state, name)).st_mode), 0o600)
        program, port, token = self.follow(config)
        self.assertIn(self.names(port, token), [last, tried or last], f"HEADMON_SEED={seed}")
        self.assertEqual(program.stop()[0], 0)

    def test_ten_thousand_hostile_requests_end_nothing(self):
        # Nodes that say little: the requests are to be what keeps headmon busy.
        one, two = (self.serve(beacon_node(3, slot_ms=12_000)).url(path=f"/{SECRET}") for _ in range(2))
        program, port, token = self.follow(self.config(one, two))
        seed = int(os.environ.get("HEADMON_SEED", time.time_ns() % 2**32))
        dice = random.Random(seed)
        auth = f"Authorization: Bearer {token}\r\n".encode()
        words = [b"PUT ", b"GET ", b"POST ", b"/v1/candidates", b"/lighthouse/beacon/update", b"?dry_run=true", b"?token=", b"/../",
                 b"%2e%2e", b"%00", b" HTTP/1.1\r\n", b"Host: localhost\r\n", b"\r\n", b"\r\n\r\n", b"Content-Length: 5\r\n",
                 b"Content-Length: -1\r\n", b"Content-Length: 65537\r\n", b"Transfer-Encoding: chunked\r\n", b"zz\r\n",
                 b"5\r\nhello\r\n", b"0\r\n\r\n", auth, b"Authorization: Bearer \r\n", b"If-Match: \"x\"\r\n", b'{"candidates":[', b"]}",
                 b'{"name":"node-1"}', b'{"name":"x","url":"http://h/' + SECRET.encode() + b'"}', b",", b"[" * 500, b"\x00\xff", b'"',
                 b'{"beacon_nodes":["http://h"]}', b"Expect: 100-continue\r\n"]

        def garbage():
            return b"".join(dice.choice(words) for _ in range(dice.randint(1, 10)))

        def request():
            body = b"".join(dice.choice(words[24:]) for _ in range(dice.randint(0, 6)))
            # Lists that are good are tried, and not followed: there are hundreds of them.
            target, header = dice.choice([(b"PUT /v1/candidates?dry_run=true", auth), (b"POST /lighthouse/beacon/update?dry_run=true", auth),
                                          (b"PUT /v1/candidates", b"Authorization: Bearer wrong\r\n"), (b"GET /v1/candidates", auth),
                                          (b"PUT /v1/candidates?token=" + token.encode(), b"")])
            return (target + b" HTTP/1.1\r\nHost: localhost\r\n" + header + b"Content-Length: " + str(len(body)).encode()
                    + b"\r\n\r\n" + body)

        sent, answers = 0, 0
        end = time.monotonic() + RANDOM_SECONDS
        while sent < RANDOM_REQUESTS and time.monotonic() < end:
            # One behind the other on one connection, and at its end something that is no request.
            requests = [request() for _ in range(dice.randint(1, 50))] + [garbage()]
            with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
                with contextlib.suppress(OSError):
                    client.sendall(b"".join(requests))
                    client.shutdown(socket.SHUT_WR)
                    while part := client.recv(65536):
                        answers += part.count(b"HTTP/1.1 ")
            sent += len(requests)
        self.assertGreater(answers, sent // 2, f"HEADMON_SEED={seed}")
        # As many as a loaded machine takes in the time.
        self.assertGreater(sent, min(200, RANDOM_REQUESTS))
        status, now, _ = self.ask(port, token)
        self.assertEqual(status, 200, f"HEADMON_SEED={seed}")
        names = [node["name"] for node in now["candidates"]]
        self.assertTrue(names, f"HEADMON_SEED={seed}")
        code, _, err = program.stop()
        self.assertEqual(code, 0, f"HEADMON_SEED={seed}")
        self.assertNotIn(SECRET, err)
        self.assertNotIn("runtime error", err)
        print(f"{sent} requests, {answers} answers", flush=True)

    @classmethod
    def tearDownClass(cls):
        # Of the answers that the page names, those of limits and of a full disk are left to the tests of the keeper.
        named = {(method.upper(), path, int(status))
                 for path in ("/v1/candidates", "/lighthouse/beacon/update")
                 for method, item in cls.page.page["paths"][path].items() for status in item["responses"]}
        left = {status for _, _, status in named - cls.seen}
        if len(cls.seen) > 8 and not left <= {409, 500, 503, 412}:
            raise AssertionError(f"answers that no test has seen: {sorted(named - cls.seen)}")


if __name__ == "__main__":
    unittest.main()
