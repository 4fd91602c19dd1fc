#!/usr/bin/env python3
"""SIGTERM and SIGINT over real processes: every command ends in time, with the right code, and says who ended it.

usage: HEADMON=PROGRAM signals_test.py [unittest arguments]; only the standard library is needed.
HEADMON_LONG=1 sends signals at random moments for 20 minutes instead of some seconds. HEADMON_SEED repeats a run.
"""
import json
import os
import random
import re
import signal
import time
import unittest

from commands_support import Case, beacon_node, closed_port, full_pipe

# The drain, the alarm behind it, and what a loaded machine adds.
DRAIN, ALARM, SLACK = 10, 1, 8
LONG = os.environ.get("HEADMON_LONG") == "1"


class Signals(Case):
    def setUp(self):
        super().setUp()
        self.node = self.serve(beacon_node(0.01)).url()
        self.dead = f"http://127.0.0.1:{closed_port()}"

    def commands(self):
        time_of_slots = ["--genesis-time", "1700000000", "--slot-duration-ms", "100"]
        both = ["--beacon-node", f"a={self.node}", "--beacon-node", f"b={self.dead}", *time_of_slots]
        config = self.config(self.node, self.dead, rest='genesis_time = 1700000000\nslot_duration_ms = 100\n')
        return {
            "run": ["run", "--config", config, "--log-level", "debug"],
            # It gives up twice a second: signals fall into runs, ends, waits and starts.
            "run without a node": ["run", "--beacon-node", f"b={self.dead}", *time_of_slots],
            "watch": ["watch", *both],
            "events": ["events", "--url", self.node + "/eth/v1/events", "--topics", "head"],
            "simulate": ["simulate", "--slot-ms", "200"],
            "demo": ["demo", "--slot-ms", "200"],
        }

    def test_at_random_moments_every_command_ends_in_time_with_code_0(self):
        seed = int(os.environ.get("HEADMON_SEED", random.SystemRandom().randrange(2**32)))
        moments = random.Random(seed)
        commands = self.commands()
        end = time.monotonic() + (1200 if LONG else 8)
        rounds = 0
        while time.monotonic() < end or rounds == 0:
            rounds += 1
            for name, arguments in commands.items():
                number = moments.choice([signal.SIGTERM, signal.SIGINT])
                wait = moments.uniform(0, 0.8)
                with self.subTest(command=name, signal=number, wait=wait, seed=seed):
                    program = self.start(*arguments)
                    # The moment is the point of this wait; nothing relies on it.
                    time.sleep(wait)
                    begin = time.monotonic()
                    code, out, err = program.stop(number)
                    took = time.monotonic() - begin
                    program.__exit__()
                    self.assertLess(took, DRAIN, err[-2000:])
                    if code == -number:
                        # So early that the program was still being loaded.
                        self.assertEqual((out, err), ("", ""))
                        continue
                    self.assertEqual(code, 0, err[-2000:])
                    if name.startswith("run"):
                        self.assertRegex(err.splitlines()[-1],
                                         f'info stopped why="stopped by {number.name}" exit_code=0 ran_ms=')
                    else:
                        self.assertEqual(err, "")

    def start_blocked(self, *arguments, stream):
        """A program that stands still in its first write to `stream`, and the reader that can free it."""
        reader, writer = full_pipe()
        self.addCleanup(os.close, reader)
        program = self.start(*arguments, **{stream: writer})
        os.close(writer)

        def hears_sigterm():
            with open(f"/proc/{program.process.pid}/status", encoding="ascii") as status:
                caught = re.search(r"SigCgt:\s*(\w+)", status.read())
            return int(caught.group(1), 16) >> (signal.SIGTERM - 1) & 1

        # Signals come first: from here on it writes sooner or later, and there it stays.
        program.wait_for(hears_sigterm, "handler of SIGTERM")
        return program, reader

    def test_a_loop_that_is_blocked_is_ended_by_the_alarm_which_says_who_asked(self):
        program, _ = self.start_blocked("simulate", stream="stdout")
        begin = time.monotonic()
        code, _, err = program.stop()
        took = time.monotonic() - begin
        self.assertEqual((code, err),
                         (1, "headmon: stopped by SIGTERM; the event loop did not turn: ended by the alarm\n"))
        self.assertGreater(took, DRAIN + ALARM - 0.1)
        self.assertLess(took, DRAIN + ALARM + SLACK)

    def test_a_second_signal_ends_a_blocked_loop_a_second_later(self):
        program, _ = self.start_blocked("simulate", stream="stdout")
        begin = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        # Two that are pending together are one.
        time.sleep(0.2)
        code, _, err = program.stop(signal.SIGINT)
        self.assertEqual(code, 1)
        self.assertTrue(err.endswith("; the event loop did not turn: ended by the alarm\n"), err)
        self.assertLess(time.monotonic() - begin, ALARM + SLACK)

    def test_a_log_that_nobody_reads_delays_no_end(self):
        program, _ = self.start_blocked("run", "--beacon-node", f"a={self.node}", stream="stderr")
        begin = time.monotonic()
        self.assertEqual(program.stop()[0], 0)
        self.assertLess(time.monotonic() - begin, SLACK)

    def test_an_error_that_nobody_reads_delays_no_end(self):
        program, _ = self.start_blocked("watch", "--beacon-node", f"a={self.dead}", "--exit-on-give-up", "--genesis-time",
                                        "1700000000", "--slot-duration-ms", "100", "--log-level", "debug", stream="stderr")
        self.assertEqual(program.end()[0], 1)

    def test_a_service_whose_budget_is_spent_ends_the_program_by_its_name(self):
        path = self.config(self.dead, rest="genesis_time = 1700000000\nslot_duration_ms = 100\n"
                           "[supervision.monitor]\nmax_restarts = 1\nwithin_s = 3600\n")
        program = self.start("run", "--config", path)
        code, _, err = program.end()
        self.assertEqual(code, 1)
        self.assertIn('tree:   monitor: restartable; after a failure: next tick; after a clean end: 100ms; budget: 1 '
                      'restarts in 60min, full again after 5min, when spent: fatal', err)
        reason = "failed: gave up: no stream opened in 5 retry cycles in a row (budget spent)"
        self.assertRegex(err.splitlines()[-1],
                         'error stopped why="ended by monitor: ' + re.escape(reason) + '" exit_code=1 ran_ms=')
        self.assertIn('service ended service=monitor reason=failed detail="gave up: no stream opened', err)

    def test_watch_ends_with_its_monitor_too(self):
        path = self.config(self.dead, rest="genesis_time = 1700000000\nslot_duration_ms = 100\n"
                           "[supervision.monitor]\nmax_restarts = 0\n")
        code, _, err = self.start("watch", "--config", path).end()
        self.assertEqual((code, err), (1, "headmon: ended by monitor: failed: gave up: no stream opened in 5 retry "
                                          "cycles in a row (budget spent)\n"))

    def test_a_reader_of_updates_reads_on_over_restarts_and_is_told_of_each(self):
        program = self.start("watch", "--beacon-node", f"b={self.dead}", "--genesis-time", "1700000000",
                             "--slot-duration-ms", "100")
        program.wait_for(lambda: program.out.count(b'"update":"run_started"') >= 4, "fourth run")
        self.assertEqual(program.stop()[0], 0)
        updates = [json.loads(line) for line in program.out.decode().splitlines()]
        marks = [update for update in updates if update["update"] in ("run_started", "run_ended", "service_ended")]
        self.assertEqual([update["update"] for update in marks[:10]],
                         ["run_started", "run_ended", "service_ended"] * 3 + ["run_started"])
        for number, ended in enumerate(marks[2:9:3], 1):
            self.assertEqual((ended["service"], ended["reason"], ended["consecutive_failures"]), ("monitor", "failed", number))
            self.assertLessEqual(ended["restart_after_seconds"], 0.1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
