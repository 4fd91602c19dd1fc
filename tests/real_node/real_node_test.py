#!/usr/bin/env python3
"""headmon on two real beacon nodes, one `headmon watch` through all of it:

topics that the node does not answer to, a cut between the nodes and its end, a node that hangs, one that is killed and
comes back with nothing and syncs.

    real_node_test.py HEADMON DEVNET

HEADMON is the program, DEVNET is scripts/devnet. Exits 77 where npm or node is missing. Ends by itself within
RUN_MAX seconds and leaves no process behind.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import checks
from chain import Chain
from devnet import SLOT, Devnet, Failed, Processes, check
from published import Published
from updates import Updates

# Four minutes on an idle machine.
RUN_MAX = 420
SKIPPED = 77
GENESIS_DELAY = 16
NODES = ("alpha", "beta")
# What was cut is joined again when beta's block is the best head, so that headmon has to leave it; not before the split
# is older than any window of a few epochs. Alpha has five eighths of the slots of its branch, and its branch wins.
CUT_BLOCKS = 40
CUT_SLOTS_MAX = 90
# A node fetches what it missed only from a peer more than 8 slots ahead; nearer peers it waits for, for minutes.
SYNC_SLOTS_MIN = 11


class Test:
    def __init__(self, headmon, script, data):
        self.headmon = headmon
        self.began = time.monotonic()
        self.processes = Processes()
        self.recording = os.path.join(data, "recording")
        self.devnet = Devnet(script, data, self.processes)
        self.chain = Chain(self.devnet)
        self.updates = None
        self.published = None

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def wait(self, condition, seconds, what):
        """Until the condition gives something true, which is returned."""
        deadline = min(time.monotonic() + seconds, self.began + RUN_MAX)
        while True:
            met = condition()
            if met:
                return met
            self.processes.check_alive(what)
            check(time.monotonic() < deadline, f"no {what} within {seconds:.0f} s")
            time.sleep(0.05)

    def run(self):
        watch = self.start()
        self.agree_on_topics()
        self.cut()
        self.hang()
        # On the loop of the node that goes on: two heads are here long before the rest is done.
        events = self.processes.start(
            [self.headmon, "events", "--url", self.devnet.url("alpha") + "/eth/v1/events?topics=head", "--max-events",
             "2"], stdout=subprocess.PIPE, text=True)
        self.come_back_with_nothing()
        self.say(checks.events(events))
        self.chain.learn_told(self.updates)
        self.say(checks.reorgs(self.updates, self.chain))
        self.say(checks.verdicts(self.updates, self.chain))
        self.say(checks.delays(self.updates, self.devnet.genesis()))
        check(len(self.updates.of("stream_opened", "alpha")) == 1, "alpha's stream was opened once")
        check(not self.updates.of("run_ended"), "one run saw all of this")
        watch.send_signal(signal.SIGTERM)
        check(watch.wait(20) == 0, f"headmon watch ended with {watch.returncode}")
        self.replay()
        self.say(self.published.check())

    def replay(self):
        """What was recorded beside all this gives the same updates, byte for byte, twice."""
        self.updates.reader.join(20)
        said = "".join(self.updates.text)
        began = time.monotonic()
        for _ in range(2):
            again = subprocess.run([self.headmon, "replay", self.recording, "--format", "json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, timeout=120, check=False)
            check(again.returncode == 0 and again.stderr == "", f"headmon replay ended with {again.returncode}: {again.stderr}")
            # What the monitor publishes at its end comes when nobody reads any more.
            check(again.stdout.startswith(said), "a replay gives other updates than those that were recorded")
        size = sum(file.stat().st_size for file in pathlib.Path(self.recording).iterdir())
        self.say(f"{len(self.updates.text)} updates replayed twice in {time.monotonic() - began:.1f} s, from {size} bytes")

    def start_alpha(self):
        """With its genesis far enough ahead for the rest to be up: a node more than 8 slots late never proposes."""
        alpha = self.devnet.start_alpha(GENESIS_DELAY)
        self.wait(lambda: self.devnet.answers("alpha"), 60, "answer from alpha")
        took = time.monotonic() - self.began
        if took > GENESIS_DELAY / 2:
            self.say("this machine is busy: once more, with a later genesis")
            alpha.kill()
            alpha.wait()
            self.devnet.start_alpha(int(4 * took))
            self.wait(lambda: self.devnet.answers("alpha"), 60, "answer from alpha")

    def start(self):
        self.start_alpha()
        # Beta is not there yet: a node that comes up after headmon.
        watch = self.processes.start(
            [self.headmon, "watch", "--format", "json", "--record", self.recording]
            + [word for node in NODES for word in ("--beacon-node", f"{node}={self.devnet.url(node)}")],
            stdout=subprocess.PIPE, text=True)
        self.updates = Updates(watch)
        self.published = Published(self.headmon, self.devnet.data, [(node, self.devnet.url(node)) for node in NODES], self.processes)
        self.devnet.start_beta()
        self.devnet.start_validators("alpha")
        self.wait(lambda: self.devnet.answers("beta"), 45, "answer from beta")
        self.devnet.start_validators("beta")
        self.devnet.peers("connect")
        self.say("two nodes answer")
        return watch

    def agree_on_topics(self):
        before_genesis = max(0, -self.devnet.slot()) * SLOT
        common = self.wait(lambda: len(self.updates.common()) >= 3 and self.updates.common(), before_genesis + 75,
                           "three heads in common")
        for node in NODES:
            checks.topics(self.updates, node)
        self.say(f"heads of both, asked for as `head` alone: slots {common}")

    def cut(self):
        updates = self.updates
        self.devnet.peers("cut")
        cut_at = time.monotonic()
        began = self.devnet.slot()
        split = self.wait(lambda: updates.of("head_split", since=cut_at, is_over=False), CUT_SLOTS_MAX * SLOT,
                          "split")[0][1]
        self.chain.learn_told(updates)
        self.say(checks.split(split, updates, self.chain))

        def blocks():
            """Of each branch."""
            self.chain.learn_told(updates)
            alpha, beta = (updates.of("node_head", node)[-1][1]["block"] for node in NODES)
            return len(self.chain.dropped(alpha, beta)), len(self.chain.dropped(beta, alpha))

        def is_time_to_connect():
            slots = self.devnet.slot() - began
            best = updates.best()
            is_fresh = best["node"] == "beta" and int(best["slot"]) == self.devnet.slot()
            return slots >= CUT_SLOTS_MAX or (is_fresh and max(blocks()) >= CUT_BLOCKS)

        self.wait(is_time_to_connect, (CUT_SLOTS_MAX + 1) * SLOT, "block of beta")
        check(max(blocks()) >= CUT_BLOCKS, f"the branches have {blocks()} blocks")
        self.say(f"the branches have {blocks()} blocks")
        check(not updates.of("head_split", since=cut_at, is_over=True), "the split is told for as long as it lasts")
        told = updates.of("head_split", since=cut_at)[-1][1]["branches"]
        check([sorted(branch["nodes"]) for branch in told] in ([["alpha"], ["beta"]], [["beta"], ["alpha"]]),
              f"the branches are {told}")
        check(not any(updates.status(node)["is_behind"] for node in NODES), "nobody is behind on a branch of its own")
        check(not updates.of("reorg", since=cut_at), "nobody moved, and no reorg is told")
        left = updates.best()
        connected = time.monotonic()
        self.devnet.peers("connect")
        self.chain.learn_told(updates)
        self.say(f"connected again; best is slot {left['slot']} of {left['node']}")
        self.wait(lambda: updates.of("head_split", since=connected, is_over=True), 8 * SLOT, "end of the split")
        self.wait(lambda: updates.common(connected), 4 * SLOT, "head in common")
        self.chain.learn_told(updates)
        if self.chain.is_ancestor(left["block"], updates.best()["block"]):
            self.say("the branch of the best head won")
            return

        def find_fall():
            """The branch may have grown while it was being connected."""
            return [update for _, update in updates.of("reorg", since=connected, certainty="confirmed")
                    if self.chain.is_ancestor(left["block"], update["old_head"])]

        # A depth that lacks headers waits for them for four slots.
        told = self.wait(find_fall, 8 * SLOT, "reorg away from the best head of the dropped branch")[0]
        blocks = self.chain.dropped(told["old_head"], told["new_head"])
        check(told["depth"] == len(blocks), f"the reorg has depth {told['depth']}, but {len(blocks)} blocks fell")
        self.say(f"the nodes agree again, and {len(blocks)} blocks fell, as told")

    def hang(self):
        updates = self.updates
        beta = self.devnet.beta
        self.wait(lambda: not updates.status("beta")["is_behind"], 2 * SLOT, "level node")
        stopped = time.monotonic()
        beta.send_signal(signal.SIGSTOP)
        ended = self.wait(lambda: updates.of("stream_ended", "beta", stopped), 6 * SLOT, "end of the stopped stream")
        at, end = ended[0]
        check(end["reason"] == "silent", f"the stopped node is told as {end['reason']}")
        # Three slots without a sign of life, found at the tick behind them.
        check(at - stopped < 4 * SLOT + checks.TICK_SLACK, f"it took {at - stopped:.1f} s to find the stopped node")
        self.wait(lambda: updates.status("beta")["is_silent"], SLOT, "status that says silent")
        check(updates.best()["node"] == "alpha", "the best head is alpha's")
        continued = time.monotonic()
        beta.send_signal(signal.SIGCONT)
        self.wait(lambda: updates.common(continued), 6 * SLOT, "head in common after SIGCONT")
        self.wait(lambda: not updates.status("beta")["is_silent"] and not updates.status("beta")["is_behind"], 2 * SLOT,
                  "status without complaint")
        check(updates.reasons("beta", stopped) == ["silent"], "the stream was ended once")
        behind = [update["is_behind"] for _, update in updates.of("node_behind", "beta", stopped)]
        # For sure only where the other had a head early enough for the parents to be asked for at a tick.
        has_moved = updates.streamed("alpha", stopped, at - SLOT)
        check(behind == [True, False] or not (has_moved or behind), f"it was told as behind: {behind}")
        missed = [update for _, update in updates.of("node_head", "beta", continued) if update["timeliness"] != "live"]
        check(all(update["is_late"] is None for update in missed), "what it missed is not told as late")
        self.say(f"a stopped node was found after {at - stopped:.1f} s and is back, with {len(missed)} older heads")

    def come_back_with_nothing(self):
        updates = self.updates
        beta = self.devnet.beta
        killed = time.monotonic()
        beta.kill()
        beta.wait()
        # The port has to be seen closed twice before the node may have it again.
        self.wait(lambda: len(updates.of("stream_ended", "beta", killed)) >= 3, 4 * SLOT, "two attempts to reopen")
        self.devnet.start_beta()
        self.wait(lambda: self.devnet.answers("beta"), 45, "answer from beta")
        # Asked for once a slot, so it is the answer of this start.
        answered = time.monotonic()
        self.wait(lambda: updates.of("node_status", "beta", answered, state="waiting", is_syncing=True), 3 * SLOT,
                  "status that says syncing")
        checks.outage(updates, killed)
        self.wait(lambda: self.devnet.slot() > SYNC_SLOTS_MIN, 40, f"slot {SYNC_SLOTS_MIN}")
        self.devnet.peers("connect")
        self.wait(lambda: len(updates.common(answered)) >= 2, 60, "two heads in common after the sync")
        self.say(checks.sync(updates, killed))


def take_priority():
    """Slots of two seconds go by beside whatever else is tested or compiled here."""
    with contextlib.suppress(PermissionError):
        os.nice(-5)


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    take_priority()
    headmon, script = sys.argv[1:]
    # The first start installs the node; that has its own test, and its own time.
    installed = subprocess.run([script, "install"], stdin=subprocess.DEVNULL, check=False).returncode
    if installed:
        print("SKIPPED: npm, node or curl is missing" if installed == SKIPPED else "the node cannot be installed")
        return installed
    with tempfile.TemporaryDirectory(prefix="headmon-real-node-", ignore_cleanup_errors=True) as data:
        test = Test(headmon, script, data)
        try:
            test.run()
        except Failed as failure:
            test.say(f"FAILED: {failure}")
            print(test.devnet.logs())
            return 1
        finally:
            test.processes.end()
    test.say("all checks hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
