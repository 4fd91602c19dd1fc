#!/usr/bin/env python3
"""headmon run under a service manager: systemd's sd_notify protocol, heard on a socket of our own.

usage: HEADMON=PROGRAM notify_test.py [unittest arguments]; only the standard library is needed.
"""
import os
import select
import signal
import socket
import time
import unittest

from commands_support import LIMIT, Case, beacon_node, closed_port


class Manager:
    """Hears what a service tells, with the moment at which it came."""

    def __init__(self, path):
        self.address = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path[1:] if path.startswith("@") else path)
        self.heard = []

    def hear(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.socket], [], [], left)[0]:
            self.heard.append((time.monotonic(), self.socket.recv(4096).decode()))

    def wait_for(self, text, count=1):
        end = time.monotonic() + LIMIT
        while sum(text in message for _, message in self.heard) < count:
            if time.monotonic() > end:
                raise AssertionError(f"no {text}, but {self.messages()}")
            self.hear(0.05)

    def messages(self):
        return [message for _, message in self.heard]

    def times(self, text):
        return [at for at, message in self.heard if message == text]


class Notify(Case):
    def manager(self, path=None):
        manager = Manager(path or self.path("notify"))
        self.addCleanup(manager.socket.close)
        return manager

    def test_ready_needs_no_node_and_the_status_counts_streams(self):
        live, dead = self.serve(beacon_node()), closed_port()
        for path in (self.path("notify"), f"@headmon-test-{os.getpid()}"):
            manager = self.manager(path)
            program = self.start("run", "--beacon-node", f"a={live.url()}", "--beacon-node",
                                 f"b=http://127.0.0.1:{dead}", env={"NOTIFY_SOCKET": path})
            manager.wait_for("READY=1")
            manager.wait_for("STATUS=1 of 2 streams open")
            code, _, err = program.stop()
            self.assertEqual(code, 0, err)
            manager.hear(0.2)
            self.assertIn("STOPPING=1", manager.messages())
            # It stops before its streams are closed.
            self.assertLess(manager.messages().index("STOPPING=1"),
                            len(manager.messages()) - manager.messages()[::-1].index("STATUS=0 of 2 streams open"))
            self.assertEqual(manager.messages().count("READY=1"), 1)
            self.assertFalse([text for text in manager.messages() if "WATCHDOG" in text])

    def test_with_every_node_dead_it_is_ready_all_the_same(self):
        manager = self.manager()
        program = self.start("run", "--beacon-node", f"b=http://127.0.0.1:{closed_port()}",
                             env={"NOTIFY_SOCKET": manager.address})
        manager.wait_for("READY=1")
        manager.wait_for("STATUS=0 of 1 streams open")
        self.assertEqual(program.stop()[0], 0)

    def test_sighup_is_a_reload_with_its_moment_and_its_end(self):
        manager = self.manager()
        path = self.config(self.serve(beacon_node()).url())
        program = self.start("run", "--config", path, env={"NOTIFY_SOCKET": manager.address})
        manager.wait_for("READY=1")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        # A broken file is an end of the reload as well.
        self.path("headmon.toml", "broken")
        program.process.send_signal(signal.SIGHUP)
        manager.wait_for("READY=1", 2)
        messages = [text for text in manager.messages() if not text.startswith("STATUS=")]
        self.assertEqual([text.split("\n")[0] for text in messages], ["READY=1", "RELOADING=1", "READY=1"])
        name, _, usec = messages[1].split("\n")[1].partition("=")
        self.assertEqual(name, "MONOTONIC_USEC")
        self.assertLessEqual(before, int(usec))
        self.assertLessEqual(int(usec), time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        self.assertEqual(program.stop()[0], 0)

    def test_the_loop_feeds_the_watchdog_twice_in_each_interval(self):
        manager = self.manager()
        program = self.start("run", "--beacon-node", f"a={self.serve(beacon_node()).url()}",
                             env={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "600000"})
        manager.wait_for("WATCHDOG=1", 8)
        fed = manager.times("WATCHDOG=1")
        self.assertGreater(fed[-1] - fed[0], 7 * 0.3 - 0.1)
        self.assertLess(fed[-1] - fed[0], 7 * 0.6)
        self.assertEqual(program.stop()[0], 0)

    def test_a_loop_that_does_not_turn_feeds_nobody(self):
        manager = self.manager()
        program = self.start("run", "--beacon-node", f"a={self.serve(beacon_node(0.001)).url()}", "--log-level", "debug",
                             env={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"})
        manager.wait_for("WATCHDOG=1", 3)
        program.process.send_signal(signal.SIGSTOP)
        end = time.monotonic() + LIMIT
        while time.monotonic() - manager.times("WATCHDOG=1")[-1] < 1:
            self.assertLess(time.monotonic(), end, "the watchdog is still fed")
            manager.hear(0.05)
        # It turns again as soon as it can.
        fed = len(manager.times("WATCHDOG=1"))
        program.process.send_signal(signal.SIGCONT)
        manager.wait_for("WATCHDOG=1", fed + 3)
        self.assertEqual(program.stop()[0], 0)

    def test_a_watchdog_of_another_process_is_not_ours(self):
        manager = self.manager()
        program = self.start("run", "--beacon-node", f"a={self.serve(beacon_node()).url()}",
                             env={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
        manager.wait_for("STATUS=1 of 1 streams open")
        manager.hear(0.5)
        self.assertEqual(manager.times("WATCHDOG=1"), [])
        self.assertEqual(program.stop()[0], 0)

    def test_a_manager_that_is_gone_is_told_in_the_log_and_matters_to_nobody(self):
        for address in (self.path("nobody"), "neither-path-nor-name"):
            program = self.start("run", "--beacon-node", f"a={self.serve(beacon_node()).url()}",
                                 env={"NOTIFY_SOCKET": address})
            program.wait_err("stream open")
            program.wait_err("warning service manager cannot be notified problem=")
            self.assertEqual(program.stop()[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
