#!/usr/bin/env python3
"""Every number of the history's summary is that of a slow count over the JSON updates of the same run.

usage: HEADMON=PROGRAM history_summary_test.py [unittest arguments]; only the standard library is needed.
"""
import collections
import datetime
import decimal
import http.client
import json
import math
import re
import time
import unittest

from commands_support import LIMIT, Case

SLOT_MS = 400
SLOTS = 60
SCENARIO = f"""
seed = 11
slot_ms = {SLOT_MS}
skipped_percent = 10.0
[[node]]
name = "alpha"
client = "lighthouse"
delay_ms = 20
[[node]]
name = "beta"
client = "nimbus"
delay_ms = 90
[[node.fault]]
kind = "down"
from_slot = 12
to_slot = 14
[[node.fault]]
kind = "down"
from_slot = 25
to_slot = 26
[[node]]
name = "gamma"
client = "teku"
delay_ms = 170
[[node.fault]]
kind = "reset_mid_event"
from_slot = 30
to_slot = 34
"""


def micros(text):
    moment = datetime.datetime.fromisoformat(text.removesuffix("Z") + "+00:00")
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def moment(value):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value)).isoformat(timespec="microseconds") + "Z"


def seconds(value):
    return decimal.Decimal(value) / 1_000_000


def rank(values, percent):
    """The smallest value that at least so many of a hundred do not exceed."""
    for value in sorted(values):
        if 100 * sum(other <= value for other in values) >= percent * len(values):
            return value
    return None


def percentiles(values):
    return {f"p{percent}": rank(values, percent) for percent in (50, 95, 99)}


class Slow:
    """The numbers of a window, each for itself, over all updates."""

    def __init__(self, updates, begin, end):
        self.updates, self.begin, self.end = updates, begin, end
        self.proven = {update["block"] for update in self.of("head_proven")}
        slot_time = self.of("slot_time")[-1]
        self.genesis, self.slot = micros(slot_time["genesis"]), int(slot_time["slot_duration_seconds"] * 1_000_000)

    def of(self, kind, node=None):
        return [update for update in self.updates if update["update"] == kind and (node is None or update["node"] == node)]

    def inside(self, update):
        return self.begin <= micros(update["at"]) < self.end

    def slots(self):
        verdicts = [update["verdict"] for update in self.of("slot_verdict") if self.inside(update)]
        counts = {word: verdicts.count(word) for word in ("on_time", "late", "missed", "optimistic", "unknown")}
        counts["not_judged"] = max((self.end - max(self.begin, self.genesis)) // self.slot - len(verdicts), 0)
        return counts

    def heads(self, node):
        return [head for head in self.of("node_head", node)
                if self.inside(head) and head["source"] == "stream" and head["timeliness"] == "live" and not head["is_repeat"]
                and head["block"] in self.proven]

    def silent(self, node):
        followed = missing = 0
        for verdict in self.of("slot_verdict"):
            start = self.genesis + int(verdict["slot"]) * self.slot
            if verdict["verdict"] in ("on_time", "late") and self.inside(verdict) and start >= self.begin:
                followed += 1
                missing += not any(head["source"] == "stream" and head["slot"] == verdict["slot"] and head["at"] < verdict["at"]
                                   for head in self.of("node_head", node))
        return followed, missing

    def streams(self, node):
        reasons, opened, is_open = collections.Counter(), 0, None
        for update in self.updates:
            if update["update"] == "stream_opened" and update["node"] == node:
                is_open = micros(update["at"])
            elif update["update"] == "stream_ended" and update["node"] == node:
                if self.inside(update) and update["reason"] != "cancelled":
                    reasons[update["reason"]] += 1
                if is_open is not None:
                    opened += max(min(micros(update["at"]), self.end) - max(is_open, self.begin), 0)
                    is_open = None
        if is_open is not None:
            opened += max(self.end - max(is_open, self.begin), 0)
        return dict(reasons), opened

    def node(self, name):
        heads = self.heads(name)
        judged = [head for head in heads if head["deadline_seconds"] is not None and head["delay_seconds"] is not None]
        followed, missing = self.silent(name)
        reasons, opened = self.streams(name)
        part = -(-(self.end - self.begin) // 24)
        parts = [[] for _ in range(24)]
        for head in judged:
            parts[(micros(head["at"]) - self.begin) // part].append(head["delay_seconds"])
        return {
            "node": name, "heads": len(heads), "delay_seconds": percentiles([head["delay_seconds"] for head in judged]),
            "lag_seconds": percentiles([head["lag_seconds"] for head in heads]), "first": sum(head["is_first"] for head in heads),
            "on_time": sum(not head["is_late"] for head in judged), "late": sum(head["is_late"] for head in judged),
            "slots_followed": followed, "slots_not_reported": missing, "disconnects": reasons,
            "followed_seconds": seconds(self.end - self.begin), "stream_open_seconds": seconds(opened),
            "delay_seconds_over_time": [{"p50": rank(values, 50)} for values in parts],
        }


class Summary(Case):
    def get(self, port, target, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        connection.request("GET", target, headers=headers or {})
        return connection, connection.getresponse()

    def updates_of(self, port):
        """All updates of the run so far: an id of no start of headmon is answered with all that is held."""
        connection, answer = self.get(port, "/v1/events", {"Accept": "text/event-stream", "Last-Event-ID": "none-1"})
        updates = []
        until = math.inf
        while True:
            line = answer.readline().decode()
            self.assertTrue(line, "the stream has ended")
            if line.startswith("data: "):
                updates.append(json.loads(line.removeprefix("data: "), parse_float=decimal.Decimal, parse_int=decimal.Decimal))
                if updates[-1]["update"] == "slot_verdict":
                    until = min(until, int(updates[-1]["slot"]) + SLOTS)
                    if int(updates[-1]["slot"]) >= until:
                        connection.close()
                        return updates

    def test_every_number_is_that_of_a_slow_count(self):
        simulator = self.start("simulate", "--scenario", self.path("scenario.toml", SCENARIO))
        names = ("alpha", "beta", "gamma")
        simulator.wait_for(lambda: simulator.out.decode().count("http://") >= len(names), "URLs of the nodes")
        urls = re.findall(r"http://[\d.]+:\d+", simulator.out.decode())
        nodes = [option for name, url in zip(names, urls) for option in ("--beacon-node", f"{name}={url}")]
        program = self.start("run", *nodes, "--history", self.path("history.db"))
        program.wait_err("API served url=")
        port = int(re.search(r"API served url=\S+:(\d+)", program.err.decode()).group(1))
        updates = self.updates_of(port)
        # What is written waits for a quarter of a second.
        time.sleep(1)
        self.assertEqual([update["update"] for update in updates].count("run_started"), 1)
        verdicts = [micros(update["at"]) for update in updates if update["update"] == "slot_verdict"]
        slot = SLOT_MS * 1000
        # Between verdicts, far from both ends, where everything is settled; all of it, and the middle.
        for begin, end in ((verdicts[3] + slot // 2, verdicts[-4] + slot // 2), (verdicts[10] + slot // 2, verdicts[30] + slot // 2)):
            connection, answer = self.get(port, f"/v1/history/summary?from={moment(begin)}&to={moment(end)}")
            body = answer.read()
            connection.close()
            self.assertEqual(answer.status, 200, body)
            summary = json.loads(body, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
            slow = Slow(updates, begin, end)
            self.assertEqual((summary["from"], summary["to"]), (moment(begin), moment(end)))
            self.assertEqual((summary["watched_seconds"], summary["not_watched"]), (seconds(end - begin), []))
            self.assertEqual(summary["slots"], slow.slots())
            self.assertEqual([node["node"] for node in summary["nodes"]], list(names))
            for node in summary["nodes"]:
                expected = slow.node(node["node"])
                self.assertGreater(expected["heads"], 5)
                self.assertEqual({key: node[key] for key in expected}, expected)
        self.assertTrue(any(node["disconnects"] for node in summary["nodes"]) or any(slow.streams(name)[0] for name in names))
        self.assertEqual(program.stop()[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
