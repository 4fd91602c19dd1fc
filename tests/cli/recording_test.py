#!/usr/bin/env python3
"""headmon record, replay and recording, on simulated nodes with faults.

usage: HEADMON=PROGRAM recording_test.py [unittest arguments]; only the standard library is needed.
"""
import json
import os
import re
import resource
import signal
import subprocess
import tempfile
import unittest

from commands_support import HEADMON, LIMIT, Case, run
from recording_support import network, node_options, record

NETWORK = """
seed = 5
slot_ms = 250
skipped_slots = [6]
[[node]]
name = "home"
client = "lighthouse"
delay_ms = 30
[[node]]
name = "spare"
client = "teku"
delay_ms = 40
[[node.fault]]
kind = "reset_mid_event"
from_slot = 5
to_slot = 5
[[node]]
name = "third"
client = "prysm"
delay_ms = 50
[[node.fault]]
kind = "forked"
from_slot = 8
to_slot = 11
"""


class Recording(Case):
    @classmethod
    def setUpClass(cls):
        """One recording for all: 6 s of three nodes with a reset, a split and a reorg, and the updates of then."""
        cls.place = tempfile.TemporaryDirectory()
        cls.directory = os.path.join(cls.place.name, "recording")
        scenario = os.path.join(cls.place.name, "network.toml")
        with open(scenario, "w", encoding="utf-8") as file:
            file.write(NETWORK)
        cls.lines, cls.nodes = record(scenario, cls.directory, 6)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def out(self, name):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return os.path.join(directory.name, name)

    def replayed(self, *options, directory=None):
        code, out, err = run("replay", directory or self.directory, *options)
        self.assertEqual((code, err), (0, ""))
        return out.splitlines()

    def test_a_replay_prints_the_updates_of_then_byte_for_byte(self):
        kinds = {json.loads(line)["update"] for line in self.lines}
        self.assertLessEqual({"run_started", "stream_ended", "head_split", "reorg", "slot_verdict"}, kinds)
        # What watch prints ends with its reader; a replay has what the monitor did at its end, too.
        self.assertEqual(self.replayed()[:len(self.lines)], self.lines)
        self.assertEqual(self.replayed(), self.replayed())

    def test_from_and_to_choose_what_is_shown_and_change_nothing_of_it(self):
        whole = self.replayed()
        middle = json.loads(whole[len(whole) // 2])["at"]
        self.assertEqual(self.replayed("--from", middle), [line for line in whole if json.loads(line)["at"] >= middle])
        self.assertEqual(self.replayed("--to", middle), [line for line in whole if json.loads(line)["at"] < middle])

    def test_the_report_and_the_metrics_are_those_of_the_recording(self):
        metrics = self.out("metrics.txt")
        code, out, err = run("replay", self.directory, "--format", "report", "--metrics-out", metrics)
        self.assertEqual((code, err), (0, ""))
        for name in ("home", "spare", "third"):
            self.assertIn(name, out)
        with open(metrics, encoding="utf-8") as file:
            text = file.read()
        ends = sum(json.loads(line)["update"] == "stream_ended" and json.loads(line)["node"] == "spare"
                   and json.loads(line)["reason"] != "cancelled" for line in self.replayed())
        found = re.findall(r'vc_head_monitor_stream_disconnections_total\{[^}]*node="spare"[^}]*\} (\d+)', text)
        self.assertEqual(sum(map(int, found)), ends, text[:2000])

    def test_info_says_what_is_in_it(self):
        code, out, err = run("recording", "info", self.directory)
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^1 files, \d+ bytes\nheadmon \S+ from 20\S+ to 20\S+: \d+ entries\n")
        self.assertRegex(out, r"  spare: [2-9] streams with \d+ bytes, \d+ answers with \d+ bytes\n")

    def test_no_url_is_in_it(self):
        text = self.text_of(self.directory)
        for url in self.nodes.values():
            self.assertNotIn(url.split("//")[1].split("/")[0], text)

    def text_of(self, directory):
        names = sorted(os.listdir(directory))
        self.assertTrue(names)
        for name in names:
            self.assertEqual(os.stat(os.path.join(directory, name)).st_mode & 0o777, 0o600)
        return "".join(subprocess.run(["zstd", "-dcq", os.path.join(directory, name)], stdout=subprocess.PIPE, text=True,
                                      check=True).stdout for name in names)

    def test_a_piece_replays_on_its_own(self):
        whole = self.replayed()
        begin, end = (json.loads(whole[len(whole) * part // 4])["at"] for part in (1, 3))
        piece = self.out("piece")
        self.assertEqual(run("recording", "cut", self.directory, piece, "--from", begin, "--to", end), (0, "", ""))
        heads = [json.loads(line) for line in self.replayed(directory=piece)]
        best = [(one["slot"], one["block"]) for one in heads if one["update"] == "best_head"]
        expected = [(one["slot"], one["block"]) for one in map(json.loads, whole)
                    if one["update"] == "best_head" and begin <= one["at"] < end]
        self.assertEqual(best[-1], expected[-1])
        self.assertLess(os.path.getsize(os.path.join(piece, "00000001.jsonl.zst")),
                        os.path.getsize(os.path.join(self.directory, "00000001.jsonl.zst")))

    def test_an_anonymous_one_has_no_name_and_no_version_and_the_same_chain(self):
        anonymous = self.out("anonymous")
        self.assertEqual(run("recording", "anonymise", self.directory, anonymous), (0, "", ""))
        text = self.text_of(anonymous)
        for word in ("home", "spare", "third", "v8.0", "teku/v"):
            self.assertNotIn(word, text)
        slots = lambda lines: [(one["slot"], one["verdict"]) for one in map(json.loads, lines) if one["update"] == "slot_verdict"]
        self.assertEqual(slots(self.replayed(directory=anonymous)), slots(self.replayed()))

    def test_recordings_are_merged_in_the_order_of_their_moments(self):
        whole = self.replayed()
        middle = json.loads(whole[len(whole) // 2])["at"]
        first, second, merged = self.out("first"), self.out("second"), self.out("merged")
        self.assertEqual(run("recording", "cut", self.directory, first, "--to", middle)[0], 0)
        self.assertEqual(run("recording", "cut", self.directory, second, "--from", middle)[0], 0)
        self.assertEqual(run("recording", "merge", merged, second, first), (0, "", ""))
        lines = self.replayed(directory=merged)
        moments = [json.loads(line)["at"] for line in lines if json.loads(line)["update"] == "best_head"]
        self.assertEqual(moments, sorted(moments))
        self.assertGreater(len(lines), len(whole) // 2)

    def other_config(self, settings):
        config = self.out("other.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(settings)
            for name in ("home", "spare", "third"):
                file.write(f'[[node]]\nname = "{name}"\nurl = "http://127.0.0.1:1"\n')
        return config

    def test_other_limits_show_which_facts_would_be_other_ones(self):
        config = self.other_config("")
        self.assertEqual(run("replay", self.directory, "--with-config", config),
                         (0, "No fact would have been another one.\n", ""))
        self.assertEqual(run("replay", self.directory, "--with-config", config, "--format", "json"), (0, "", ""))
        # Slots of another chain: what was late is not, and verdicts are of other slots.
        config = self.other_config("genesis_time = 1700000000\nslot_duration_ms = 12000\n")
        code, out, err = run("replay", self.directory, "--with-config", config)
        self.assertEqual((code, err), (3, ""))
        lines = out.splitlines()
        for line in lines:
            self.assertRegex(line, r"^[-+] 20\S+Z \S")
        self.assertTrue(any(re.match(r"- \S+ slot_verdict slot=\d+ verdict=on_time ", line) for line in lines), out)
        self.assertTrue(any(line.startswith("+") for line in lines), out)
        self.assertEqual(sorted(line.split()[1] for line in lines), [line.split()[1] for line in lines])
        code, out, err = run("replay", self.directory, "--with-config", config, "--format", "json")
        self.assertEqual((code, err), (3, ""))
        facts = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([("-" if fact["only"] == "before" else "+", fact["update"]["at"], fact["update"]["update"])
                          for fact in facts], [tuple(line.split()[:3]) for line in lines])

    def against(self, lines, *options):
        path = self.out("old.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        return run("replay", self.directory, "--against", path, *options)

    def test_against_the_updates_of_another_headmon_the_same_facts_are_none(self):
        whole = self.replayed()
        self.assertEqual(self.against(whole), (0, "No fact is another one.\n", ""))
        self.assertEqual(self.against(whole, "--format", "json"), (0, "", ""))
        middle = json.loads(whole[len(whole) // 2])["at"]
        for bound in ("--from", "--to"):
            self.assertEqual(self.against(whole, bound, middle)[0], 0)
            # A file that has only the same part.
            self.assertEqual(self.against(self.replayed(bound, middle), bound, middle)[0], 0)

    def test_against_a_headmon_that_saw_it_otherwise_each_fact_is_told(self):
        whole = self.replayed()
        place = next(i for i, line in enumerate(whole) if json.loads(line)["update"] == "slot_verdict"
                     and json.loads(line)["verdict"] == "on_time")
        slot = json.loads(whole[place])["slot"]
        older = list(whole)
        older[place] = older[place].replace('"on_time"', '"late"')
        # It worded a reason otherwise, and had not yet a member: neither is a fact.
        older = [re.sub(r'"detail":"[^"]*"', '"detail":"other words"', line).replace(',"rest_breaker":"closed"', "")
                 for line in older]
        code, out, err = self.against(older)
        self.assertEqual(code, 3)
        self.assertRegex(out, rf"^- \S+ slot_verdict slot={slot} verdict=late .*\n\+ \S+ slot_verdict slot={slot} verdict=on_time .*\n$")
        self.assertEqual(err, "headmon: not compared, for one of the two has it alone: node_status.rest_breaker\n")
        code, out, _ = self.against(older, "--format", "json")
        self.assertEqual(code, 3)
        self.assertEqual([(fact["only"], fact["update"]["verdict"]) for fact in map(json.loads, out.splitlines())],
                         [("before", "late"), ("after", "on_time")])

    def test_what_holds_no_updates_is_one_line(self):
        whole = self.replayed()
        for lines, why in (([], "has no update"), (["", ""], "has no update"), (whole[:3] + ["so it was"], r"line 4 is no update"),
                           (whole[:3] + [whole[3][:-9]], "line 4 is no update"), (["{}"], "line 1 is no update"),
                           (["x" * 5_000_000], "has a line that is longer than any update")):
            code, out, err = self.against(lines)
            self.assertEqual((code, out), (1, ""))
            self.assertRegex(err, rf"^headmon: \S+old.jsonl,? {why}.*; headmon replay DIR --format json prints such updates\n$")
        for path, why in (("/nowhere/old.jsonl", "No such file or directory"), (self.directory, "Is a directory")):
            self.assertEqual(run("replay", self.directory, "--against", path), (1, "", f"headmon: cannot read {path}: {why}\n"))
        code, _, err = self.against(['{"update":"lagged","count":7}'] + whole)
        self.assertEqual(code, 0)
        self.assertRegex(err, r"old.jsonl lacks 7 updates, which its reader was too slow for\n$")
        for usage in (["--with-config", "x"], ["--format", "report"], ["--speed", "2"], ["--metrics-out", "x"], ["--serve"]):
            code, out, err = self.against(whole, *usage)
            self.assertEqual((code, out), (2, ""), usage)

    def test_served_again_it_gives_the_same_heads(self):
        program = self.start("replay", self.directory, "--serve", "--speed", "1")
        program.wait_out("headmon watch")
        text = program.out.decode()
        nodes = [word for name, url in re.findall(r"^(\S+) (http://\S+)$", text, re.MULTILINE)
                 for word in ("--beacon-node", f"{name}={url}")]
        self.assertEqual(len(nodes), 6)
        code, out, _ = run("watch", *nodes, "--duration", "4")
        self.assertEqual(code, 0)
        recorded = {json.loads(line)["block"] for line in self.lines if json.loads(line)["update"] == "node_head"}
        served = {json.loads(line)["block"] for line in out.splitlines() if json.loads(line)["update"] == "node_head"}
        self.assertGreater(len(served & recorded), 5)
        self.assertEqual(program.stop()[0], 0)

    def test_a_disk_that_takes_no_more_is_told_and_the_monitor_goes_on(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
        scenario = os.path.join(self.place.name, "network.toml")
        with network("--scenario", scenario) as nodes:
            recorded = subprocess.run([HEADMON, "record", self.out("full"), *node_options(nodes), "--duration", "4"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False,
                                      preexec_fn=small_files)
        self.assertEqual(recorded.returncode, 1)
        self.assertRegex(recorded.stderr, r"not recorded: cannot write \S+: File too large")
        self.assertRegex(recorded.stderr, r"\d+ entries are missing in it")

    def test_what_is_no_recording_is_one_line(self):
        empty = self.out("x")
        os.mkdir(empty)
        code, out, err = run("replay", empty)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"^headmon: no recording in \S+: its files are called 00000001.jsonl.zst and so on\n$")
        for usage in (["replay"], ["recording", "cut", empty, "y"], ["recording", "dance", empty], ["record"],
                      ["replay", empty, "--serve", "--speed", "max"], ["replay", empty, "--speed", "fast"]):
            code, out, err = run(*usage)
            self.assertEqual((code, out), (2, ""), usage)
            self.assertEqual(err.count("\n"), 1, usage)


if __name__ == "__main__":
    unittest.main()
