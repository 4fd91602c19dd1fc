#!/usr/bin/env python3
"""A replay gives what was published, whatever happened then and whatever happens now: storms over real sockets, kills,
other clocks, load. HEADMON_SEED repeats the moments of a run that failed.

usage: HEADMON=PROGRAM HEADMON_OTHER_CLOCK=MODULE replay_test.py [unittest arguments]
"""
import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import pty
import random
import re
import struct
import subprocess
import sys
import termios
import threading
import time
import unittest

from commands_support import HEADMON, LIMIT, Case, Program, run
from recording_support import OTHER_CLOCK, Clocks, api_of, network, node_options, record

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "simulator" / "scenarios"
SEED = int(os.environ.get("HEADMON_SEED", random.SystemRandom().randrange(1 << 32)))
KILLS = 5
FAULTS = """
seed = 7
slot_ms = 250
skipped_percent = 10.0
[[node]]
name = "alpha"
client = "lighthouse"
delay_ms = 30
[[node.fault]]
kind = "reset_mid_event"
from_slot = 6
to_slot = 20
[[node]]
name = "beta"
client = "teku"
delay_ms = 40
[[node.fault]]
kind = "forked"
from_slot = 4
to_slot = 12
"""


class UpdatesOfApi:
    """Every update that `GET /v1/events` gives, as text, from when it is connected to the end of the program."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        self.connection.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        self.answer = self.connection.getresponse()
        self.lines = []
        self.comments = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            for line in self.answer:
                text = line.decode().rstrip("\n")
                if text.startswith("data: "):
                    self.lines.append(text.removeprefix("data: "))
                elif text.startswith(":"):
                    self.comments.append(text)

    def end(self):
        self.thread.join(LIMIT)
        self.connection.close()
        return self.lines


def put(port, token, nodes):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    connection.request("PUT", "/v1/candidates", headers={"Authorization": f"Bearer {token}"},
                       body=json.dumps({"candidates": [{"name": name, "url": url} for name, url in nodes.items()]}))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, body


class Replays(Case):
    def replayed(self, directory, *options, **more):
        code, out, err = run("replay", directory, "--format", "json", *options, **more)
        self.assertEqual((code, err), (0, ""))
        return out.splitlines()

    def clocks(self):
        return Clocks(self.path("clock"))

    def storm(self, scenario):
        """What was published through all faults of a scenario, while lists change, a name goes and the clock is stepped."""
        directory = self.path("recording")
        clocks = self.clocks()
        with network("--scenario", str(SCENARIOS / scenario), "--slot-ms", "300") as nodes:
            config = self.path("headmon.toml", "".join(f'[[node]]\nname = "{name}"\nurl = "{url}"\n' for name, url in nodes.items()))
            program = self.start("run", "--config", config, "--record", directory, "--state-dir", self.path("state"), env=clocks.env)
            port, token = api_of(program)
            published = UpdatesOfApi(port)
            time.sleep(2)
            names = list(nodes)
            # A name that no longer resolves, another order, and a node less.
            put(port, token, {**dict(reversed(nodes.items())), names[1]: "http://gone.invalid:5052"})
            time.sleep(1.5)
            clocks.set(7)
            time.sleep(1)
            clocks.set(-2)
            put(port, token, {name: nodes[name] for name in names[:-1]})
            time.sleep(1.5)
            clocks.set(0)
            time.sleep(2.5)
            self.assertEqual(program.stop()[0], 0)
        return directory, published

    def same(self, published, replayed):
        """That what was published is there in one piece, byte for byte."""
        self.assertIn(published[0], replayed)
        place = replayed.index(published[0])
        for told, again in zip(published, replayed[place:]):
            self.assertEqual(told, again)
        self.assertLessEqual(len(published), len(replayed) - place)

    def check_storm(self, scenario, kinds, reasons):
        directory, published = self.storm(scenario)
        lines = published.end()
        self.assertEqual([comment for comment in published.comments if "lost" in comment], [])
        first, second = self.replayed(directory), self.replayed(directory)
        self.same(lines, first)
        self.assertEqual(first, second)
        told = [json.loads(line) for line in first]
        self.assertLessEqual(kinds, {one["update"] for one in told})
        ends = {one["reason"] for one in told if one["update"] == "stream_ended"}
        self.assertLessEqual(reasons, ends)
        if scenario == "faults.toml":
            # It depends on the moment whether a stream that ends cleanly has had an event.
            self.assertTrue({"eof", "empty_body"} & ends, ends)
        self.assertEqual(sum(one["update"] == "run_ended" and one["reason"] == "list_changed" for one in told), 2)
        return directory, first

    def test_a_storm_of_every_fault_is_replayed_as_it_was(self):
        directory, lines = self.check_storm("faults.toml", {"stream_ended", "node_behind", "slot_verdict", "clock_skew"},
                                            {"dns_failed", "reset", "http_status", "cancelled"})
        with self.subTest("on another machine, whose clocks go as they like, and under load"):
            self.assertEqual(self.replayed_elsewhere(directory), lines)

    def test_a_storm_of_lies_is_replayed_as_it_was(self):
        self.check_storm("liar.toml", {"stream_ended", "head_proven", "slot_verdict"}, {"dns_failed", "cancelled"})

    def replayed_elsewhere(self, directory):
        clocks = self.clocks()
        moments = random.Random(SEED)
        load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
        try:
            clocks.set(5 * 365 * 86_400, 1000)
            program = self.start("replay", directory, "--format", "json", env=clocks.env)
            os.setpriority(os.PRIO_PROCESS, program.process.pid, 19)
            while program.process.poll() is None:
                clocks.set(moments.uniform(-1e6, 1e9), moments.uniform(0, 1e5))
                time.sleep(0.001)
            code, out, err = program.end()
        finally:
            for one in load:
                one.kill()
                one.wait()
        self.assertEqual((code, err), (0, ""))
        return out.splitlines()

    def test_killed_at_any_moment_it_has_what_was_published_but_the_last_second(self):
        moments = random.Random(SEED)
        directory = self.path("recording")
        printed = []
        with network("--scenario", self.path("network.toml", FAULTS)) as nodes:
            for _ in range(KILLS):
                with Program("watch", *node_options(nodes), "--record", directory) as program:
                    program.wait_out('"update":"node_head"')
                    # What is written half a second after it came can be read: before that there is nothing.
                    newest = os.path.join(directory, sorted(os.listdir(directory))[-1])
                    program.wait_for(lambda: os.path.getsize(newest) > 256, "recording that is written")
                    time.sleep(moments.uniform(0, 2))
                    program.process.kill()
                    killed = time.time()
                    _, out, _ = program.end()
                # The last line may be cut.
                printed.append((killed, [json.loads(line) and line for line in out.split("\n")[:-1]]))
        self.assertEqual(sorted(os.listdir(directory)), [f"{number:08}.jsonl.zst" for number in range(1, KILLS + 1)])
        code, info, _ = run("recording", "info", directory)
        self.assertEqual(code, 0)
        self.assertEqual(info.count("headmon 0."), KILLS, info)
        code, out, err = run("replay", directory, "--format", "json")
        self.assertEqual(code, 0)
        self.assertEqual(err.count("it has no end; it was read up to there"), KILLS, err)
        replayed = out.splitlines()
        begins = [replayed.index(lines[0]) for _, lines in printed] + [len(replayed)]
        self.assertEqual(begins, sorted(begins))
        for (killed, lines), begin, end in zip(printed, begins, begins[1:]):
            again = replayed[begin:end]
            common = min(len(lines), len(again))
            self.assertEqual(lines[:common], again[:common], f"HEADMON_SEED={SEED}")
            # Half a second until it is written, and as much for a machine that is busy.
            kept = sum(seconds(json.loads(line)["at"]) < killed - 1 for line in lines)
            self.assertGreaterEqual(common, kept, f"HEADMON_SEED={SEED}")


    def table(self, directory, *options, columns=100, rows=24):
        """What a terminal of this size got: every screen's lines, without the bytes that move the cursor."""
        screen, keyboard = pty.openpty()
        fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen([HEADMON, "replay", directory, *options], stdout=keyboard, stderr=subprocess.PIPE)
        os.close(keyboard)
        out = b""
        with contextlib.suppress(OSError):
            while part := os.read(screen, 65536):
                out += part
        os.close(screen)
        err = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual((process.wait(LIMIT), err), (0, ""))
        self.assertTrue(out.startswith(b"\x1b[?25l") and out.endswith(b"\x1b[?25h"), out[-40:])
        text = re.sub(r"\x1b\[[\d?]*[A-Za-z]", "", out.decode())
        screens = text.replace("\r", "").split("NODE ")[1:]
        return [["NODE " + lines[0], *lines[1:]] for lines in (one.rstrip("\n").split("\n") for one in screens)]

    def test_the_table_is_drawn_in_the_time_of_the_recording_up_to_its_end(self):
        directory = self.path("recording")
        lines, _ = record(self.path("network.toml", FAULTS), directory, 5)
        # What the monitor did at its end is told behind that.
        last = json.loads([line for line in self.replayed(directory) if json.loads(line)["update"] == "best_head"][-1])
        ends = {}
        for options, least, most in (("--speed", "max"), 1, 40), (("--speed", "10000"), 1, 40), (("--speed", "4"), 3, 40):
            begun = time.monotonic()
            screens = self.table(directory, "--format", "table", *options)
            took = time.monotonic() - begun
            self.assertTrue(least <= len(screens) <= max(most, took * 6), (options, len(screens), took))
            end = screens[-1]
            self.assertRegex(end[-1], r"^replay of 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertTrue(any(line.startswith(f"best head {last['slot']} ") for line in end), end)
            # Ages are those of the recording, however fast it went by.
            self.assertNotRegex("\n".join(end), r"\d (min|h|d)\b")
            ends[options] = end
        self.assertEqual(len({tuple(end) for end in ends.values()}), 1, ends)
        self.assertEqual(json.loads(lines[-1])["at"][:17], ends["--speed", "max"][-1].removeprefix("replay of ")[:17])
        for columns, rows in ((40, 24), (60, 5), (300, 60)):
            for screen in self.table(directory, "--speed", "max", "--format", "table", columns=columns, rows=rows):
                self.assertLessEqual(max(map(len, screen)), columns)
                self.assertLess(len(screen), rows)
                self.assertTrue(screen[-1].startswith("replay of "), screen)


def seconds(at):
    whole, _, fraction = at.rstrip("Z").partition(".")
    return time.mktime(time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")) - time.timezone + float("0." + fraction)


if __name__ == "__main__":
    assert OTHER_CLOCK, __doc__
    unittest.main()
