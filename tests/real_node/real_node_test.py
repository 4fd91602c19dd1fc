#!/usr/bin/env python3
"""headmon on two real beacon nodes: heads from both, one killed and brought back.

    real_node_test.py HEADMON DEVNET

HEADMON is the program, DEVNET is scripts/devnet. Exits 77 where npm or node is missing. Ends by itself within
RUN_MAX seconds and leaves no process behind.
"""

import ctypes
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

RUN_MAX = 165
SLOT = 3.0
SKIPPED = 77
# The tick is where in the slot ended streams are reopened; a busy machine may be late by this much.
TICK_SLACK = 1.0
# A node that comes back without a finalized state begins at slot 0, and fetches what it missed only from a peer that is
# more than 8 slots ahead; nearer peers it waits for, for minutes.
RETURN_SLOT = 11
EVENTS_PATH = "/eth/v1/events?topics=head"


class Failed(Exception):
    """A check that did not hold, as a sentence."""


def check(holds, sentence):
    if not holds:
        raise Failed(sentence)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def die_with_parent():
    """So that no node outlives a test that was itself killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Processes:
    """All processes of this test, ended by pid at its end."""

    def __init__(self):
        self.all = []

    def start(self, command, **how):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, **how)
        self.all.append(process)
        return process

    def end(self):
        for process in self.all:
            if process.poll() is None:
                process.kill()
        for process in self.all:
            process.wait()


class Updates:
    """What `headmon watch --format json` says, each line with the monotonic time at which it was read."""

    def __init__(self, process):
        self.lines = []
        self.process = process
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), json.loads(line)))

    def of(self, node, kind, since=0.0, until=float("inf")):
        """The node's updates of one kind, as pairs of time and update."""
        return [(at, update) for at, update in list(self.lines)
                if update["update"] == kind and update.get("candidate") == node and since <= at < until]

    def roots(self, node, since=0.0):
        return {int(update["slot"]): update["block"] for _, update in self.of(node, "node_head", since)}


class Test:
    def __init__(self, headmon, devnet, data):
        self.headmon = headmon
        self.devnet = devnet
        self.data = data
        self.began = time.monotonic()
        self.processes = Processes()
        self.leader, self.follower, leader_p2p, follower_p2p = free_ports(4)
        self.p2p = {self.leader: leader_p2p, self.follower: follower_p2p}

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def wait(self, condition, seconds, what):
        deadline = min(time.monotonic() + seconds, self.began + RUN_MAX)
        while not condition():
            for process in self.processes.all:
                check(process.poll() is None or process.returncode == -signal.SIGKILL,
                      f"{process.args[:3]} ended with {process.returncode} while waiting for {what}")
            check(time.monotonic() < deadline, f"no {what} within {seconds} s")
            time.sleep(0.05)

    def node(self, *words):
        """One role of the devnet; the pid is the node's own."""
        log = open(f"{self.data}/{'-'.join(words[:2])}.log", "ab")
        return self.processes.start([self.devnet, *words, "--data", self.data], stdout=log, stderr=log)

    def answers(self, port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/eth/v1/node/identity", timeout=2):
                return True
        except OSError:
            return False

    def start_follower(self, *more):
        return self.node("follower", str(self.follower), str(self.leader), "--p2p-port",
                         str(self.p2p[self.follower]), *more)

    def start_network(self):
        self.node("leader", str(self.leader), "--p2p-port", str(self.p2p[self.leader]), "--slot-seconds",
                  f"{SLOT:.0f}", "--genesis-delay", "12")
        self.wait(lambda: self.answers(self.leader), 45, "answer from the leader")
        self.node("validators", str(self.leader))
        process = self.start_follower()
        self.wait(lambda: self.answers(self.follower), 45, "answer from the follower")
        self.say("two nodes answer")
        return process

    def watch(self):
        command = [self.headmon, "watch", "--format", "json",
                   "--beacon-node", f"alpha=http://127.0.0.1:{self.leader}",
                   "--beacon-node", f"beta=http://127.0.0.1:{self.follower}"]
        return self.processes.start(command, stdout=subprocess.PIPE, text=True)

    def common(self, updates, since=0.0):
        """Slots whose head both nodes told, with the same root; the newest may still be on its way to one."""
        alpha, beta = updates.roots("alpha", since), updates.roots("beta", since)
        return [slot for slot in alpha if alpha[slot] == beta.get(slot)]

    def run(self):
        follower = self.start_network()
        watch = self.watch()
        updates = Updates(watch)
        self.wait(lambda: len(self.common(updates)) >= 3, 60, "three heads in common")
        alpha, beta = updates.roots("alpha"), updates.roots("beta")
        for slot in alpha.keys() & beta.keys():
            check(alpha[slot] == beta[slot], f"the nodes' heads differ at slot {slot}")
        self.say(f"heads of both: slots {', '.join(map(str, self.common(updates)))}")

        killed = time.monotonic()
        follower.kill()
        follower.wait()
        self.wait(lambda: len(updates.of("beta", "stream_ended", killed)) >= 5, 8 * SLOT + 5,
                  "end of the stream and four attempts to reopen it")
        self.wait(lambda: max(updates.roots("alpha")) >= RETURN_SLOT, 60, f"head at slot {RETURN_SLOT}")
        back = time.monotonic()
        self.start_follower("--keep")
        self.say("the follower was down and is started again")
        self.wait(lambda: len(self.common(updates, back)) >= 2, 60, "heads in common after the return")
        returned = updates.of("beta", "stream_opened", back)[0][0]
        self.say(f"it is back: slots {', '.join(map(str, self.common(updates, back)))}")

        self.check_outage(updates, killed, returned)
        self.check_alpha(updates, killed, returned)
        self.check_events()
        watch.send_signal(signal.SIGTERM)
        check(watch.wait(20) == 0, f"headmon watch ended with {watch.returncode}")

    def check_outage(self, updates, killed, returned):
        ends = updates.of("beta", "stream_ended", killed, returned)
        reasons = [update["reason"] for _, update in ends]
        self.say(f"ends of beta: {', '.join(reasons)}")
        check(reasons[0] == "reset", f"the kill is told as {reasons[0]}")
        check(ends[0][0] - killed < 2, f"the kill was told {ends[0][0] - killed:.1f} s late")
        check(set(reasons[1:]) == {"connect_failed"}, "every other end is a refused attempt")
        check(not updates.of("beta", "stream_opened", killed, ends[-1][0]), "no stream opens while the node is down")
        times = [at for at, _ in ends[1:]]
        for before, after in zip(times, times[1:]):
            check(abs(after - before - SLOT) < TICK_SLACK,
                  f"two attempts lie {after - before:.2f} s apart, not one slot")
        check(times[0] - ends[0][0] < 2 * SLOT, "the first attempt comes at the first or second tick")
        opened = updates.of("beta", "stream_opened", killed)
        check(len(opened) == 1 and opened[0][1]["reopened"] is True, "the stream was reopened once")
        check(not updates.of("beta", "stream_ended", returned), "the reopened stream stays")

    def check_alpha(self, updates, killed, returned):
        check(len(updates.of("alpha", "stream_opened")) == 1, "alpha's stream was opened once")
        check(not updates.of("alpha", "stream_ended"), "alpha's stream never ended")
        heads = len(updates.of("alpha", "node_head", killed, returned))
        slots = (returned - killed) / SLOT
        self.say(f"alpha told {heads} heads in the {slots:.1f} slots of the outage")
        check(heads >= slots - 2, "alpha's heads went on")

    def check_events(self):
        url = f"http://127.0.0.1:{self.leader}{EVENTS_PATH}"
        done = subprocess.run([self.headmon, "events", "--url", url, "--max-events", "2"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=20, check=False, text=True)
        check(done.returncode == 0, f"headmon events ended with {done.returncode}")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        check([event["event"] for event in events] == ["head", "head"], "headmon events prints two heads")
        slots = [int(json.loads(event["data"])["slot"]) for event in events]
        check(slots[0] < slots[1], f"their slots ascend: {slots}")
        self.say(f"headmon events: slots {slots}")


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    headmon, devnet = sys.argv[1:]
    # The first start installs the node; that has its own test, and its own time.
    installed = subprocess.run([devnet, "install"], stdin=subprocess.DEVNULL, check=False).returncode
    if installed:
        print("SKIPPED: npm, node or curl is missing" if installed == SKIPPED else "the node cannot be installed")
        return installed
    with tempfile.TemporaryDirectory(prefix="headmon-real-node-", ignore_cleanup_errors=True) as data:
        test = Test(headmon, devnet, data)
        try:
            test.run()
        except Failed as failure:
            test.say(f"FAILED: {failure}")
            return 1
        finally:
            test.processes.end()
    test.say("all checks hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
