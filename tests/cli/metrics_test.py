#!/usr/bin/env python3
"""headmon run serves /metrics: what is on the page, and that no client of it disturbs the monitor.

usage: HEADMON=PROGRAM metrics_test.py [unittest arguments]; only the standard library is needed.
"""
import http.client
import os
import re
import socket
import time
import unittest

from commands_support import Case, beacon_node, run

PREFIX = "vc_head_monitor_"
# Heads come so often, in seconds.
GAP = 0.05


def total(page, name):
    """The sum of all series of that name."""
    return sum(value for key, value in page.items() if key == name or key.startswith(name + "{"))


class Metrics(Case):
    def follow(self, *options, env=None):
        """A running headmon over one node, and the port of its /metrics."""
        server = self.serve(beacon_node(GAP))
        program = self.start("run", "--beacon-node", f"a={server.url()}", *options, env=env)
        program.wait_err("metrics served url=")
        port = int(re.search(r"metrics served url=\S+:(\d+)/metrics", program.err.decode()).group(1))
        return program, port

    def page(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        text = answer.read().decode()
        self.assertEqual(answer.status, 200)
        connection.close()
        return {key: float(value) for key, value in re.findall(rf"^{PREFIX}(.+) (\S+)$", text, re.MULTILINE)}

    def wait_for(self, port, what):
        """The first page that `what` says yes to."""
        end = time.monotonic() + 30
        while not what(page := self.page(port)):
            self.assertLess(time.monotonic(), end, "no such page")
            time.sleep(0.2)
        return page

    def test_the_page_tells_of_the_node(self):
        program, port = self.follow()
        page = self.wait_for(port, lambda page: total(page, "heads_total") > 3)
        self.assertEqual(page['stream_state{node="a",state="open"}'], 1)
        self.assertGreater(page["loop_handlers_total"], 0)
        self.assertGreater(page["http_client_wake_ups_total"], 0)
        self.assertEqual(page['service_restarts_total{reason="failed",service="web/metrics"}'], 0)
        self.assertEqual(program.stop()[0], 0)

    def test_what_the_clock_is_worth_is_told_without_doubt_too(self):
        simulator = self.start("simulate", "--nodes", "1", "--slot-ms", "500")
        simulator.wait_out("http://")
        url = re.search(r"http://\S+", simulator.out.decode()).group(0)
        program = self.start("run", "--beacon-node", f"a={url}")
        program.wait_err("metrics served url=")
        port = int(re.search(r"metrics served url=\S+:(\d+)/metrics", program.err.decode()).group(1))
        page = self.wait_for(port, lambda page: "clock_offset_seconds" in page)
        # One machine has one clock; dates have whole seconds.
        self.assertLess(abs(page["clock_offset_seconds"]), 2)
        self.assertEqual(page['clock_skew{level="none"}'], 1)

    def test_a_port_in_use_exits_2_and_says_what_to_do(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            for option, config in ((("--metrics-address", address), ""), ((), f'[metrics]\naddress = "{address}"\n')):
                path = self.config("http://127.0.0.1:1", rest=config)
                # Not through the helper for `run`, which would give an address of its own.
                code, out, err = run("--core-files", "run", "--config", path, *option)
                self.assertEqual((code, out), (2, ""))
                self.assertEqual(err.splitlines()[-1],
                                 f"headmon: metrics address {address}: Address already in use; stop what listens there, or "
                                 "choose another one with --metrics-address (off: no metrics)")
                self.assertNotIn("starts", err)

    def test_off_is_off(self):
        server = self.serve(beacon_node(GAP))
        program = self.start("run", "--beacon-node", f"a={server.url()}", "--metrics-address", "off", "--log-level", "debug")
        program.wait_err("best head")
        _, _, err = program.stop()
        self.assertNotIn("metrics", err)

    def test_a_wrong_address_exits_2(self):
        for address in ("9464", "localhost", "host.example:1", "127.0.0.1:65536", "127.0.0.1:-1", "::1:9464", "127.0.0.1:"):
            code, _, err = run("run", "--beacon-node", "a=http://127.0.0.1:1", "--metrics-address", address)
            self.assertEqual((code, err), (2, "headmon: --metrics-address wants ADDRESS:PORT, such as 127.0.0.1:9464, or off\n"))
        path = self.path("address.toml", '[metrics]\naddress = "s3cr3t"\n[[node]]\nurl = "http://a"\n')
        code, _, err = run("run", "--config", path)
        self.assertEqual(code, 2)
        self.assertIn("address.toml:2: address must be", err)
        self.assertNotIn("s3cr3t", err)

    def test_no_client_disturbs_the_monitor(self):
        # AddressSanitizer keeps what was freed, which is no memory of ours.
        program, port = self.follow(env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"})
        self.wait_for(port, lambda page: total(page, "heads_total") > 3)
        with open(f"/proc/{program.process.pid}/status", encoding="ascii") as status:
            resident = int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
        clients = []
        ask = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
        for i in range(200):
            client = socket.create_connection(("127.0.0.1", port))
            self.addCleanup(client.close)
            clients.append(client)
            client.setblocking(False)
            try:
                # Some never read what they ask for again and again, some send garbage, some nothing.
                client.send((ask * 200, bytes(range(256)) * 100, b"GET /metr", b"")[i % 4])
            except OSError:
                pass  # Closed for another one, or sent enough.
        time.sleep(1)  # Not a wait for something: the time in which they do their worst.
        for client in clients[100:]:
            client.close()
        seen = program.err.decode()
        with open(f"/proc/{program.process.pid}/status", encoding="ascii") as status:
            more = int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) - resident
        self.assertLess(more, 64 * 1024, "kB")
        for client in clients[:100]:
            client.close()
        page = self.wait_for(port, lambda page: page['limits_met_total{limit="made_room",server="metrics"}'] > 0)
        # Whoever still stands there, heads go on.
        before = total(page, "heads_total")
        page = self.wait_for(port, lambda page: total(page, "heads_total") > before + 10)
        self.assertEqual(page['stream_state{node="a",state="open"}'], 1)
        self.assertEqual(total(page, "stream_disconnections_total"), 0)
        self.assertEqual(total(page, "service_restarts_total"), 0)
        self.assertNotIn("warning", seen)
        code, _, err = program.stop()
        self.assertEqual(code, 0)
        self.assertNotIn("stream lost", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
