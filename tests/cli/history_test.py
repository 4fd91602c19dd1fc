#!/usr/bin/env python3
"""headmon run --history, headmon report, headmon history.

usage: HEADMON=PROGRAM history_test.py [unittest arguments]; only the standard library is needed.
"""
import csv
import datetime
import io
import json
import os
import re
import signal
import sqlite3
import time
import unittest

from commands_support import LIMIT, SECRET, Case, beacon_node, run


class History(Case):
    def keep(self, path, slots=5, end=signal.SIGTERM):
        """A daemon that has kept some slots there; standard error."""
        server = self.serve(beacon_node())
        program = self.start("run", "--beacon-node", f"alpha={server.url('/' + SECRET)}", "--history", path)
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            code, out, _ = run("history", "export", path)
            if code == 0 and out.count("\n") >= slots:
                break
            time.sleep(0.2)
        else:
            self.fail("no slots in the history")
        return program.stop(end)

    def good(self, *arguments):
        code, out, err = run(*arguments)
        self.assertEqual((code, err), (0, ""), arguments)
        return out

    def test_what_a_daemon_keeps_is_reported(self):
        path = self.path("history.db")
        code, _, err = self.keep(path)
        self.assertEqual(code, 0, err)
        self.assertIn(f"history kept path={path}", err)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, "rb") as file:
            self.assertNotIn(SECRET.encode(), file.read())
        text = self.good("report", "--history", path)
        self.assertIn("alpha", text.splitlines()[0])
        report = json.loads(self.good("report", "--history", path, "--format", "json", "--since", "90m"))
        self.assertEqual([node["node"] for node in report["nodes"]], ["alpha"])
        self.assertEqual(report["not_watched"][0]["reason"], "not_kept")
        heads = [json.loads(line) for line in self.good("history", "export", path, "--kind", "heads").splitlines()]
        self.assertTrue(heads)
        self.assertEqual({head["node"] for head in heads}, {"alpha"})
        slots = list(csv.DictReader(io.StringIO(self.good("history", "export", path, "--format", "csv"))))
        self.assertGreaterEqual(len(slots), 5)
        # Nothing of it lies in another year.
        self.assertEqual(self.good("history", "export", path, "--to", "2001-01-01T00:00:00Z"), "")
        self.assertEqual(self.good("history", "check", path), "good\n")
        self.assertRegex(self.good("history", "vacuum", path), r"^\d+ bytes before, \d+ after\n$")

    def test_kill_9_is_a_gap_of_the_next_start(self):
        path = self.path("history.db")
        self.keep(path, end=signal.SIGKILL)
        self.keep(path, slots=10)
        gaps = [json.loads(line) for line in self.good("history", "export", path, "--kind", "gaps").splitlines()]
        self.assertEqual([gap["reason"] for gap in gaps], ["killed"])

    def test_a_process_that_is_stopped_did_not_watch(self):
        path = self.path("history.db")
        server = self.serve(beacon_node())
        program = self.start("run", "--beacon-node", f"alpha={server.url()}", "--history", path)
        program.wait_err("history kept")
        time.sleep(2)
        os.kill(program.process.pid, signal.SIGSTOP)
        stopped = time.time()
        time.sleep(12.5)
        os.kill(program.process.pid, signal.SIGCONT)
        went_on = time.time()
        until = time.monotonic() + LIMIT
        gaps = []
        while not gaps and time.monotonic() < until:
            time.sleep(0.2)
            gaps = [json.loads(line) for line in self.good("history", "export", path, "--kind", "gaps").splitlines()]
        self.assertEqual([gap["reason"] for gap in gaps], ["suspended"])
        begin, end = (datetime.datetime.fromisoformat(gaps[0][name].replace("Z", "+00:00")).timestamp() for name in ("at", "until"))
        # From the last look, which there is once a second.
        self.assertLess(abs(begin - stopped), 3)
        self.assertLess(abs(end - went_on), 3)
        self.assertEqual(program.stop()[0], 0)

    def test_the_api_of_a_headmon_that_runs_gives_the_same_report(self):
        path = self.path("history.db")
        server = self.serve(beacon_node())
        program = self.start("run", "--beacon-node", f"<a>&=" + server.url(), "--history", path)
        program.wait_err("API served url=")
        api = re.search(r"API served url=(\S+)", program.err.decode()).group(1)
        until = time.monotonic() + LIMIT
        while self.good("history", "export", path).count("\n") < 3 and time.monotonic() < until:
            time.sleep(0.2)
        text = self.good("report", "--api", api, "--since", "90m")
        self.assertIn("<a>&", text)
        report = json.loads(self.good("report", "--api", api + "/", "--format", "json", "--from", "2026-01-01T00:00:00Z"))
        self.assertEqual(report["from"], "2026-01-01T00:00:00.000000Z")
        for source in (["--api", api], ["--history", path]):
            page = self.good("report", *source, "--format", "html")
            self.assertTrue(page.startswith("<!DOCTYPE html>"))
            self.assertIn("<td>&lt;a&gt;&amp;</td>", page)
            self.assertNotIn("<a>", page)
            # The answer comes first, and nothing is fetched from elsewhere.
            body = page[page.index("<body>"):]
            self.assertRegex(body, r'^<body>\n<h1>headmon report</h1>\n<p class="advice">')
            self.assertNotRegex(page, r'(src|href)\s*=')
        self.assertEqual(program.stop()[0], 0)
        code, out, err = run("report", "--api", api)
        self.assertEqual((code, out, err.count("\n")), (1, "", 1), err)

    def test_a_damaged_file_is_named_and_exits_1(self):
        path = self.path("history.db")
        self.keep(path)
        with sqlite3.connect(path) as database:
            page, = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'slots'").fetchone()
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        with open(path, "r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\xa5" * 64)
        code, out, err = run("history", "check", path)
        self.assertEqual(code, 1, out)
        self.assertIn("slots: ", out)
        self.assertEqual(err.count("\n"), 1)
        for command in (["report", "--history"], ["history", "export"]):
            code, out, err = run(*command, path)
            self.assertEqual((code, err.count("\n")), (1, 1), err)
            self.assertIn("the file is damaged", err)

    def test_what_cannot_be_read_is_one_line_and_exit_1(self):
        for command in (["report", "--history"], ["history", "check"], ["history", "vacuum"], ["history", "export"]):
            code, out, err = run(*command, self.path("none.db"))
            self.assertEqual((code, out, err.count("\n")), (1, "", 1), err)
            self.assertIn("there is no such file", err)
            self.assertFalse(os.path.exists(self.path("none.db")))

    def test_wrong_usage_exits_2(self):
        for arguments, text in (
                (["report"], "--history or --api is required"),
                (["report", "--history", "h", "--since", "1w"], "--since wants a time such as"),
                (["report", "--history", "h", "--format", "xml"], "--format wants text, json or html"),
                (["report", "--history", "h", "--api", "http://127.0.0.1:1"], "--history or --api is required, and not both"),
                (["report", "--api", "ftp://127.0.0.1"], "--api: "),
                (["report", "--history", "h", "--from", "2026-01-01"], "--from wants a moment such as"),
                (["report", "--history", "h", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"],
                 "--from must be before --to"),
                (["history"], "wants check, vacuum or export"),
                (["history", "shred", "h"], "wants check, vacuum or export"),
                (["history", "check"], "no file"),
                (["history", "export", "h", "--kind", "secrets"], "--kind")):
            code, out, err = run(*arguments)
            self.assertEqual((code, out, err.count("\n")), (2, "", 1), err)
            self.assertIn(text, err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
