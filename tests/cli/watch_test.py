#!/usr/bin/env python3
"""headmon watch, simulate and demo: output piped and on a terminal.

usage: HEADMON=PROGRAM watch_test.py [unittest arguments]; only the standard library is needed.
"""
import contextlib
import json
import os
import pty
import re
import select
import signal
import socket
import time
import unittest
import urllib.error
import urllib.request

from commands_support import LIMIT, Case, beacon_node, closed_port, full_pipe, run


class Watch(Case):
    def test_piped_it_prints_a_json_line_for_each_update(self):
        server = self.serve(beacon_node())
        code, out, err = run("watch", "--beacon-node", f"a={server.url()}", "--until-slot", "3", "--duration", "30")
        self.assertEqual((code, err), (0, ""))
        updates = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(updates[0]["update"], "run_started")
        self.assertEqual(updates[-1]["update"], "best_head")
        self.assertIn("node_head", [update["update"] for update in updates])

    def test_duration_is_a_clean_end_unless_a_slot_was_awaited(self):
        server = self.serve(beacon_node())
        node = ["--beacon-node", f"a={server.url()}"]
        self.assertEqual(run("watch", *node, "--duration", "0.3")[0], 0)
        code, _, err = run("watch", *node, "--duration", "0.3", "--until-slot", "1000000000000")
        self.assertEqual((code, err), (1, "headmon: no head of slot 1000000000000 or later came in time\n"))

    def test_a_monitor_that_gives_up_can_end_it(self):
        code, _, err = run("watch", "--beacon-node", f"a=http://127.0.0.1:{closed_port()}", "--exit-on-give-up",
                           "--genesis-time", "1700000000", "--slot-duration-ms", "100")
        self.assertEqual((code, err), (1, "headmon: gave up: five retry cycles in a row have failed\n"))

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        server = self.serve(beacon_node(0.01))
        reader, writer = os.pipe()
        program = self.start("watch", "--beacon-node", f"a={server.url()}", stdout=writer)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        code, _, err = program.end()
        self.assertEqual((code, err), (0, ""))

    def test_a_reader_that_stands_still_is_told_how_much_it_lost(self):
        server = self.serve(beacon_node(0.0002))
        reader, writer = os.pipe()
        program = self.start("watch", "--beacon-node", f"a={server.url()}", stdout=writer)
        os.close(writer)
        # Nobody reads: the pipe and then the queue fill up, the monitor goes on.
        text = b""
        end = time.monotonic() + LIMIT
        pause = time.monotonic() + 4
        while b'"lagged"' not in text and time.monotonic() < end:
            if time.monotonic() > pause and select.select([reader], [], [], 0.1)[0]:
                text += os.read(reader, 65536)
            else:
                time.sleep(0.01)
        self.assertRegex(text.decode(), r'\{"update":"lagged",.*"count":\d+\}')
        self.assertEqual(program.stop(signal.SIGINT)[0], 0)
        os.close(reader)

    def test_a_log_that_nobody_reads_stops_no_updates(self):
        server = self.serve(beacon_node(0.002))
        reader, writer = full_pipe()
        self.addCleanup(os.close, reader)
        program = self.start("watch", "--beacon-node", f"a={server.url()}", "--log-level", "debug", stderr=writer)
        os.close(writer)
        # The first line of the log finds no room already.
        program.wait_for(lambda: program.out.count(b'"update":"node_head"') > 50, "updates")
        self.assertEqual(program.stop(signal.SIGINT)[0], 0)

    def test_on_a_terminal_it_draws_a_table_and_gives_the_cursor_back(self):
        server = self.serve(beacon_node())
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        program = self.start("watch", "--beacon-node", f"alpha={server.url()}", stdout=theirs)
        os.close(theirs)
        text = b""
        end = time.monotonic() + LIMIT
        while not re.search(rb"alpha .*open .*first", text) and time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                text += os.read(ours, 65536)
        program.process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65536):
                text += part
        self.assertEqual(program.end()[0], 0)
        shown = text.decode()
        self.assertTrue(shown.startswith("\x1b[?25l"))
        self.assertIn("NODE   CLIENT", shown)
        self.assertRegex(shown, r"alpha .*open .*first")
        self.assertTrue(shown.endswith("\x1b[?25h"), repr(shown[-200:]))


class Simulate(Case):
    def test_its_nodes_can_be_watched_with_the_command_that_it_prints(self):
        program = self.start("simulate", "--nodes", "3", "--slot-ms", "500")
        program.wait_out("headmon watch")
        program.wait_for(lambda: program.out.endswith(b"\n"), "whole output")
        lines = program.out.decode().splitlines()
        self.assertEqual(len(lines), 5)
        for line in lines[:3]:
            self.assertRegex(line, r"^\S+ http://127\.0\.0\.1:\d+$")
        arguments = lines[-1].split()[1:]
        code, out, err = run(*arguments, "--until-slot", "3", "--duration", "30")
        self.assertEqual((code, err), (0, ""), out)
        self.assertEqual(program.stop()[0], 0)

    def test_the_demo_ends_with_a_summary(self):
        code, out, err = run("demo", "--duration", "5", "--slot-ms", "400")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("MEDIAN LAG", out)
        summary = out[out.index("MEDIAN LAG"):].splitlines()[1:]
        self.assertEqual(len(summary), 4)
        self.assertTrue(any(int(line.split()[1]) > 0 for line in summary), out)

    def test_the_demo_serves_the_page_and_says_where(self):
        program = self.start("demo", "--slot-ms", "400")
        program.wait_out("Page: http://127.0.0.1:")
        url = re.search(r"Page: (http://127\.0\.0\.1:\d+/)\n", program.out.decode()).group(1)
        with urllib.request.urlopen(url + "v1/nodes", timeout=30) as answer:
            self.assertEqual(len(json.load(answer)["nodes"]), 4)
        with urllib.request.urlopen(url + "v1/services", timeout=30) as answer:
            self.assertIn("web/api", {service["service"] for service in json.load(answer)["services"]})
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                self.assertIn(b"<html", answer.read())
        except urllib.error.HTTPError as error:
            self.assertIn("built without its page", json.load(error)["message"])
        for path, status in (("v1/history/slots", 404), ("v1/candidates", 403)):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(url + path, timeout=30)
            self.assertEqual(refused.exception.code, status)
        self.assertEqual(program.stop(signal.SIGINT)[0], 0)

    def test_a_demo_without_an_api_has_no_page(self):
        code, out, err = run("demo", "--duration", "1", "--slot-ms", "400", "--api-address", "off")
        self.assertEqual((code, err), (0, ""))
        self.assertNotIn("Page:", out)

    def test_an_address_that_is_taken_is_said(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            code, out, err = run("demo", "--api-address", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("--api-address", err)

    def test_a_signal_ends_the_demo_with_its_summary(self):
        program = self.start("demo", "--slot-ms", "400")
        program.wait_out("Following 4")
        code, out, err = program.stop(signal.SIGINT)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("MEDIAN LAG", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
