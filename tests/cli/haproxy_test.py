#!/usr/bin/env python3
"""headmon haproxy prints what a real HAProxy takes, and what it then does.

usage: HEADMON=PROGRAM haproxy_test.py [unittest arguments]; wants Debian's haproxy and openssl; skipped without HAProxy.
"""
import base64
import contextlib
import http.client
import json
import os
import re
import signal
import ssl
import stat
import threading
import time
import unittest
import urllib.request

from commands_support import LIMIT, SECRET, json_answer, run
from haproxy_support import HaproxyCase, Relay

# All bytes that a URL may hold and that are special somewhere: in HAProxy's quotes, variables, samples, formats.
ODD_PATH = "/p%41th/it's/\"q\"/$HOME/${X}/%[env(HOME)]/%%/a;b,c/~!*()=@:+&"
ODD_QUERY = "k=$v\"w'x%[src]%25&z"
ODD_VALUE = "  it's \"quoted\" \\n $HOME ${X} %[src] %% # ; , {}  end"

SCENARIO = """
slot_ms = 1000
[[node]]
name = "alpha"
client = "lighthouse"
{extra}
[[node]]
name = "beta"
client = "teku"
delay_ms = 20
"""


def node(name, url, rest=""):
    return f'[[node]]\nname = {json.dumps(name)}\nurl = {json.dumps(url)}\n{rest}\n'


def answers(connection, request):
    left = re.search(r"content-length: (\d+)", request.lower())
    left = int(left.group(1)) - len(request.split("\r\n\r\n", 1)[1]) if left else 0
    while left > 0:
        left -= len(connection.recv(min(left, 1 << 20)))
    json_answer(connection, {"data": {"version": "x"}})


class Printed(HaproxyCase):
    def test_haproxy_takes_what_is_printed(self):
        ca, ca_key = self.certificate("ca", "ca.example")
        mine, key = self.certificate("mine", "mine.example", (ca, ca_key))
        tls = f'ca_file = "{ca}"\nclient_certificate_file = "{mine}"\nclient_key_file = "{key}"\n'
        configs = {
            "plain": node("alpha", "http://127.0.0.1:5052"),
            "many": "".join(node(f"n{i}", f"http://10.0.0.{i}:5052") for i in range(1, 65)),
            "no name": '[[node]]\nurl = "http://127.0.0.1:5052"\n[[node]]\nurl = "http://127.0.0.1:5052/x"\n',
            "a name that moves": node("a", "http://localhost.localdomain:5052"),
            "basic": node("a", "http://us%3Aer:p%40ss$%25'\"@127.0.0.1:1"),
            "path and query": node("a", f"http://127.0.0.1:1{ODD_PATH}?{ODD_QUERY}"),
            "long path": node("a", "http://127.0.0.1:1/" + "x" * 8000),
            "ipv6": node("a", "http://[::1]:5052"),
            "https": node("a", "https://node.example"),
            "tls files": node("a", "https://node.example:8443/p", tls),
            "headers": node("a", "http://127.0.0.1:1", f'headers = {{ "X-Key" = {json.dumps(ODD_VALUE)}, Host = "h", "!#$%&\'*+-.^_`|~" = "v" }}'),
            "odd names": "".join(node(name, f"http://127.0.0.1:{port}") for port, name in enumerate(
                ["a b", "a/b", "it's \"$HOME\" #1", "%[src]", "{}", "-", "a,b;c", "!" * 64, "a_b-1"], 1)),
        }
        for name, nodes in configs.items():
            with self.subTest(name):
                self.check(self.printed(self.toml(nodes)))

    def test_what_haproxy_cannot_carry_is_one_error_line(self):
        plain = node("n", "http://a")
        for nodes, options, text in (
                (node("n", "https://127.0.0.1:1"), [], 'node "n": HAProxy checks the name in a certificate'),
                (node("n", "http://a", 'headers = { Connection = "x" }'), [], 'node "n": HAProxy makes the header Connection'),
                (plain, ["--agent-address", "off"], "give agent_address in [api]"),
                (plain, ["--agent-address", "127.0.0.1:0"], "port of headmon's agent checks"),
                (plain, ["--api-address", "off"], "the API, which is off"),
                (plain, ["--api-address", "off", "--agent-address", "off"], "--api-address"),
                (plain, ["--address", f"127.0.0.1:{self.api_port}"], "address of headmon itself"),
                (plain, ["--address", "nowhere"], "--address wants"),
                (plain, ["--show-secrets", "--secrets-file", "x"], "not both")):
            code, out, err = run("haproxy", "--config", self.toml(nodes), *options)
            self.assertEqual((code, out), (2, ""), text)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertIn(text, err)

    def test_secrets_are_in_their_file_alone_unless_asked_for(self):
        config = self.toml(node("a", f"http://user:{SECRET}1@127.0.0.1:1/{SECRET}2?k={SECRET}3",
                                f'headers = {{ "X-Key" = "{SECRET}4" }}'))
        code, out, err = run("haproxy", "--config", config)
        self.assertEqual((code, out), (2, ""))
        self.assertIn('node "a" has secrets', err)
        self.assertNotIn(SECRET, err)
        secrets, main = self.printed(config)
        with open(main, encoding="utf-8") as file:
            self.assertNotIn(SECRET, file.read())
        with open(secrets, encoding="utf-8") as file:
            text = file.read()
        for number in range(1, 5):
            self.assertEqual(text.count(f"{SECRET}{number}"), 1)
        self.assertEqual(stat.S_IMODE(os.stat(secrets).st_mode), 0o600)
        code, out, err = run("haproxy", "--config", config, "--show-secrets")
        self.assertEqual((code, err), (0, ""))
        self.assertIn(f"{SECRET}4", out)
        self.check([self.path("whole.cfg", self.for_me(out))])
        code, out, err = run("haproxy", "--config", config, "--secrets-file", self.path("none/secrets"))
        self.assertEqual((code, out), (1, ""))
        self.assertIn("cannot be written", err)


class Proxied(HaproxyCase):
    """What reaches the nodes."""

    def request_at(self, server, target, **how):
        """The request that a node receives for one that a client sends."""
        server.requests.clear()
        status, _ = self.ask(target, **how)
        self.assertEqual(status, 200, self.log())
        marked = [one for one in server.requests if "/eth/v1/node/health" not in one.split("\r\n")[0]]
        self.assertEqual(len(marked), 1)
        line, *headers = marked[0].split("\r\n\r\n")[0].split("\r\n")
        return line.split(" ")[1], dict(header.split(":", 1) for header in headers)

    def test_a_node_gets_its_own_path_query_user_and_headers(self):
        server = self.serve(answers)
        url = f"http://us%3Aer:p%40ss$'%25%22%20x@127.0.0.1:{server.port}{ODD_PATH}?{ODD_QUERY}"
        config = self.toml(node("a", url, f'headers = {{ "X-Odd" = {json.dumps(ODD_VALUE)}, "X-B" = "b" }}'))
        self.start_haproxy(self.printed(config))
        target, headers = self.request_at(server, "/eth/v2/x?a=b%20c", headers={"Authorization": "mine", "X-B": "mine", "X-C": "c"})
        self.assertEqual(target, f"{ODD_PATH}/eth/v2/x?{ODD_QUERY}&a=b%20c")
        self.assertEqual(headers["Host"].strip() if "Host" in headers else headers["host"].strip(), f"127.0.0.1:{server.port}")
        headers = {name.lower(): value.removeprefix(" ") for name, value in headers.items()}
        self.assertEqual(base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode(), "us:er:p@ss$'%\" x")
        self.assertEqual(headers["x-odd"].strip(), ODD_VALUE.strip())
        self.assertEqual((headers["x-b"], headers["x-c"]), ("b", "c"))
        self.assertEqual(self.request_at(server, "/eth/v2/y")[0], f"{ODD_PATH}/eth/v2/y?{ODD_QUERY}")

    def test_a_reload_takes_the_new_nodes(self):
        first, second = self.serve(answers), self.serve(answers)
        self.start_haproxy(self.printed(self.toml(node("a", f"http://127.0.0.1:{first.port}"))), "-W", "-n", "1000")
        self.assertEqual(self.ask("/eth/v1/x")[0], 200)
        self.printed(self.toml(node("b", f"http://127.0.0.1:{second.port}/{SECRET}")))
        self.haproxy.send_signal(signal.SIGUSR2)

        def is_taken():
            self.assertEqual(self.ask("/eth/v1/x")[0], 200, self.log())
            return any(f"/{SECRET}/eth/v1/x" in request for request in second.requests)

        self.wait_until(is_taken, "request at the new node")

    def test_a_long_secret_and_a_long_body_pass(self):
        server = self.serve(answers)
        path = "/" + "x" * 8000
        self.start_haproxy(self.printed(self.toml(node("a", f"http://127.0.0.1:{server.port}{path}"))))
        self.assertEqual(self.request_at(server, "/eth/v1/y", method="POST", body="z" * 3_000_000)[0], path + "/eth/v1/y")

    def tls_node(self, host, client_ca=None):
        """(port, authority's file) of a node that answers by TLS with a certificate for `host`."""
        ca, ca_key = self.certificate("ca", "ca.example")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate("node", host, (ca, ca_key)))
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca)
        names = []
        context.sni_callback = lambda _, name, __: names.append(name)

        def script(connection, _):
            json_answer(connection, {})

        server = self.serve(script)
        plain = server._serve

        def serve(connection):
            try:
                secured = context.wrap_socket(connection, server_side=True)
            except (OSError, ssl.SSLError):
                connection.close()
                return
            plain(secured)

        server._serve = serve
        return server.port, ca, names

    def test_tls_is_checked_and_shows_the_client_certificate(self):
        client_ca, client_key = self.certificate("clients", "ca.example")
        mine, key = self.certificate("mine", "mine.example", (client_ca, client_key))
        port, ca, names = self.tls_node("localhost", client_ca)
        tls = f'ca_file = "{ca}"\nclient_certificate_file = "{mine}"\nclient_key_file = "{key}"\n'
        files = self.printed(self.toml(node("a", f"https://localhost:{port}", tls)))
        self.start_haproxy(files)
        self.assertEqual(self.ask("/eth/v1/x")[0], 200, self.log())
        self.assertIn("localhost", names)
        pem = files[0] + ".node-1.pem"
        self.assertEqual(stat.S_IMODE(os.stat(pem).st_mode), 0o600)

    def test_a_certificate_for_another_name_or_of_another_authority_is_refused(self):
        port, ca, _ = self.tls_node("other.example")
        other, _ = self.certificate("other", "ca.example")
        for authority in (ca, other):
            process = self.start_haproxy(self.printed(self.toml(node("a", f"https://localhost:{port}", f'ca_file = "{authority}"\n'))))
            # A 502 until the health check has failed as well; the node itself never answers.
            until = time.monotonic() + LIMIT
            while (status := self.ask("/eth/v1/x")[0]) != 503:
                self.assertEqual(status, 502)
                self.assertLess(time.monotonic(), until)
            self.end(process)
        port, ca, _ = self.tls_node("localhost")
        self.start_haproxy(self.printed(self.toml(node("a", f"https://localhost:{port}", f'ca_file = "{ca}"\n'))))
        self.assertEqual(self.ask("/eth/v1/x")[0], 200)


class Failover(HaproxyCase):
    """Over simulated nodes that headmon follows."""

    def follow(self, extra=""):
        """headmon over two simulated nodes, of which alpha, behind a relay, is preferred."""
        scenario = self.path("scenario.toml", SCENARIO.format(extra=extra))
        simulator = self.start("simulate", "--scenario", scenario)
        simulator.wait_for(lambda: simulator.out.decode().count("http://") >= 2, "URLs of the nodes")
        alpha, beta = (int(port) for port in re.findall(r"http://[\d.]+:(\d+)", simulator.out.decode())[:2])
        self.relay = Relay(alpha)
        self.addCleanup(self.relay.down)
        config = self.toml(node("alpha", f"http://127.0.0.1:{self.relay.port}") + node("beta", f"http://127.0.0.1:{beta}"))
        with open(config, encoding="utf-8") as file:
            text = file.read().replace("[api]", '[api]\npreferred_nodes = ["alpha"]')
        self.path("headmon.toml", text)
        program = self.start("run", "--config", config, "--api-address", f"127.0.0.1:{self.api_port}")
        program.wait_err("API served url=")
        self.start_haproxy(self.printed(config))
        self.wait_until(lambda: self.best() == "alpha", "best node")
        return program

    def best(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api_port}/v1/best-node", timeout=LIMIT) as answer:
                return json.load(answer)["node"]
        return None

    def served_by(self):
        """The node that answers, or None where nobody does."""
        try:
            status, body = self.ask("/eth/v1/node/version")
        except OSError:
            return None
        return json.loads(body)["data"]["version"].split("/")[0].lower() if status == 200 else None

    def watch_events(self, heads):
        """Slots of the heads that the merged stream gives through HAProxy, each with the time of its arrival."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        connection.request("GET", "/eth/v1/events?topics=head", headers={"Accept": "text/event-stream"})
        answer = connection.getresponse()

        def read():
            # The test may close the connection under it.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                while line := answer.readline():
                    if line.startswith(b"data:"):
                        heads.append((time.monotonic(), int(json.loads(line[5:])["slot"])))

        threading.Thread(target=read, daemon=True).start()
        self.addCleanup(connection.close)
        return answer.status

    def poll(self, until, what):
        """(when, who) of each request, until somebody in particular has answered for a second."""
        seen = []
        end = time.monotonic() + LIMIT
        since = None
        while True:
            who = self.served_by()
            now = time.monotonic()
            seen.append((now, who))
            since = None if who != until else since or now
            if since and now - since > 1:
                return seen
            self.assertLess(now, end, f"no {what}: {seen[-20:]}\n{self.log()}")
            time.sleep(0.05)

    def gap(self, seen):
        """The longest time between two requests that were answered."""
        good = [when for when, who in seen if who]
        return max(later - earlier for earlier, later in zip(good, good[1:]))

    def test_a_dead_node_is_left_within_a_second_and_taken_again(self):
        self.follow()
        self.poll("lighthouse", "preferred node")
        heads = []
        self.assertEqual(self.watch_events(heads), 200)
        self.wait_until(lambda: heads, "head")
        self.relay.down()
        left = self.poll("teku", "other node")
        self.assertLess(self.gap(left), 1.0, left)
        # It goes on until headmon, too, has left the node, or what follows shows nothing.
        self.wait_until(lambda: self.best() == "beta", "other best node")
        self.relay.up()
        up = time.monotonic()
        back = self.poll("lighthouse", "node that is back")
        self.assertLess(self.gap(back), 1.0, back)
        again = next(when for when, who in back if who == "lighthouse")
        # Better than the other one in three slots.
        self.assertGreater(again - up, 2.0)
        count = len(heads)
        self.wait_until(lambda: len(heads) > count + 2, "heads")
        slots = [slot for _, slot in heads]
        self.assertEqual(slots, list(range(slots[0], slots[0] + len(slots))), "each head once")

    def test_a_node_that_hangs_is_left(self):
        self.follow()
        self.poll("lighthouse", "preferred node")
        self.relay.hang()
        left = self.poll("teku", "other node")
        self.assertLess(self.gap(left), 7.0, left)
        self.relay.up()
        self.poll("lighthouse", "node that is back")

    def test_a_node_whose_head_is_old_is_left_and_taken_again(self):
        """It is well but for the chain, which HAProxy cannot know."""
        self.follow("[[node.fault]]\nkind = \"catching_up\"\nfrom_slot = 20\nto_slot = 26\n")
        self.poll("lighthouse", "preferred node")
        left = self.poll("teku", "other node")
        back = self.poll("lighthouse", "node that is back")
        self.assertEqual([who for _, who in left + back if who is None], [])

    def test_without_headmon_the_nodes_serve_all(self):
        program = self.follow()
        self.poll("lighthouse", "preferred node")
        program.stop(signal.SIGKILL)
        heads = []
        self.wait_until(lambda: self.watch_events(heads) == 200, "stream of a node")
        self.wait_until(lambda: len([slot for _, slot in heads if slot]) >= 2, "heads of a node")
        self.assertEqual(self.served_by(), "lighthouse")


if __name__ == "__main__":
    unittest.main()
