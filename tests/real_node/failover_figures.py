#!/usr/bin/env python3
"""What validators lose when the node that they use dies, hangs or is cut off: behind HAProxy and headmon, and beside it with
their own list of nodes. Prints a table; docs/validator-client.md has one.

    failover_figures.py HEADMON DEVNET [--faults N] [--minutes N] [--swap]

Real Lodestar nodes, alpha and beta. Beta is the one in use; alpha, with three quarters of the validators, stands for the rest
of the network and is left alone. Two validators use HAProxy, with the configuration that `headmon haproxy` prints; two have
the list beta, alpha. Each fault is over after some slots; the next one comes when beta is in use again, and two epochs later.

--faults N   so many of each kind (10)
--minutes N  begins no fault after so many minutes (60)
--swap       the validators of HAProxy have the list, and the other way round

Not part of any run of the tests: each fault takes more than a minute, and the machine is to be idle.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request

import duties
from devnet import SLOT, Devnet, Failed, Processes, check, free_ports

VALIDATORS = 16
NETWORK_KEYS = "4..15"
GENESIS_DELAY = 40
# Before an epoch is finalized a node that is killed begins at genesis again.
FIRST_FAULT_SLOT = 5 * duties.SLOTS_PER_EPOCH
FAULT_SLOTS = {"kill": 12, "stop": 8, "cut": 12}
QUIET_SLOTS = 2 * duties.SLOTS_PER_EPOCH
LIMIT_SLOTS = 90
HAPROXY = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Heads:
    """The heads of an event stream, with the time at which each came. A stream that ends is opened again."""

    def __init__(self, port):
        self.port = port
        self.came = {}
        self.repeated = 0
        self.openings = 0
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("GET", "/eth/v1/events?topics=head", headers={"Accept": "text/event-stream"})
                answer = connection.getresponse()
                self.openings += 1
                while line := answer.readline():
                    if line.startswith(b"data:") and b'"slot"' in line:
                        self.record(json.loads(line[5:])["block"])
            time.sleep(0.1)

    def record(self, block):
        self.repeated += block in self.came
        self.came.setdefault(block, time.monotonic())


class Run:
    def __init__(self, arguments, data):
        self.headmon = arguments.headmon
        self.faults = arguments.faults
        self.minutes = arguments.minutes
        self.data = pathlib.Path(data)
        self.began = time.monotonic()
        self.processes = Processes()
        self.devnet = Devnet(arguments.devnet, data, self.processes)
        self.groups = {"HAProxy": (0, 1), "own list": (2, 3)}
        if arguments.swap:
            self.groups = {"HAProxy": (2, 3), "own list": (0, 1)}
        self.port, self.api, self.agent = free_ports(3)
        # (kind, first slot, slot behind it)
        self.windows = []
        self.back_after = {}

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def wait(self, condition, slots, what):
        deadline = time.monotonic() + slots * SLOT
        while not (met := condition()):
            check(time.monotonic() < deadline, f"no {what} within {slots} slots")
            time.sleep(0.1)
        return met

    def start_beta(self, *words):
        self.devnet.beta = self.devnet.start(
            "follower", str(self.devnet.ports["beta"]), str(self.devnet.ports["alpha"]), "--p2p-port",
            str(self.devnet.p2p["beta"]), "--no-peers", *words)
        self.wait(lambda: self.devnet.answers("beta"), 60, "answer from beta")
        self.devnet.peers("connect")

    def start(self):
        devnet = self.devnet
        devnet.start("leader", str(devnet.ports["alpha"]), "--p2p-port", str(devnet.p2p["alpha"]), "--slot-seconds",
                     f"{SLOT:.0f}", "--genesis-delay", str(GENESIS_DELAY), "--validators", str(VALIDATORS))
        self.wait(lambda: devnet.answers("alpha"), 60, "answer from alpha")
        genesis = self.wait(lambda: self.devnet.ask("alpha", "/eth/v1/beacon/genesis"), 40, "genesis")
        self.devnet.genesis = lambda: int(genesis["data"]["genesis_time"])
        # Before the other node: a leader without a block for 8 slots never proposes.
        devnet.start("validators", str(devnet.ports["alpha"]), "--keys", NETWORK_KEYS)
        self.start_beta()
        self.start_headmon()
        self.start_haproxy()
        proxied, listed = self.groups["HAProxy"], self.groups["own list"]
        devnet.start("validators", str(self.port), "--keys", f"{proxied[0]}..{proxied[1]}")
        devnet.start("validators", f"{devnet.ports['beta']},{devnet.ports['alpha']}", "--keys", f"{listed[0]}..{listed[1]}")
        self.duties = duties.Duties(devnet, "alpha", range(VALIDATORS))
        self.reference = Heads(devnet.ports["alpha"])
        self.merged = Heads(self.port)

    def start_headmon(self):
        config = self.data / "headmon.toml"
        nodes = "".join(f'[[node]]\nname = "{name}"\nurl = "{self.devnet.url(name)}"\n' for name in ("alpha", "beta"))
        config.write_text(f"""[metrics]
address = "off"
[api]
address = "127.0.0.1:{self.api}"
agent_address = "127.0.0.1:{self.agent}"
preferred_nodes = ["beta"]
{nodes}""", encoding="utf-8")
        with open(self.data / "headmon.log", "ab") as log:
            self.processes.start([self.headmon, "run", "--config", str(config)], stdout=log, stderr=log)

    def start_haproxy(self):
        printed = self.processes.start([self.headmon, "haproxy", "--config", str(self.data / "headmon.toml"), "--address",
                                        f"127.0.0.1:{self.port}"], stdout=-1, text=True)
        text = printed.communicate(timeout=20)[0]
        check(printed.returncode == 0, "headmon haproxy failed")
        if os.geteuid() != 0:
            text = re.sub(r"^    (user|group|chroot) .*\n", "", text, flags=re.M)
        config = self.data / "haproxy.cfg"
        config.write_text(text, encoding="utf-8")
        with open(self.data / "haproxy.log", "ab") as log:
            self.processes.start([HAPROXY, "-db", "-f", str(config)], stdout=log, stderr=log)

    def best(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/v1/best-node", timeout=2) as answer:
                return json.load(answer)["node"]
        return None

    def harm(self, kind):
        """Returns what ends it."""
        if kind == "kill":
            self.devnet.beta.kill()
            self.devnet.beta.wait()
            return lambda: self.start_beta("--keep")
        if kind == "stop":
            self.devnet.beta.send_signal(signal.SIGSTOP)
            return lambda: self.devnet.beta.send_signal(signal.SIGCONT)
        self.devnet.peers("cut")
        return lambda: self.devnet.peers("connect")

    def fault(self, kind):
        self.wait(lambda: self.best() == "beta", LIMIT_SLOTS, "beta in use")
        first = self.devnet.slot()
        end = self.harm(kind)
        at = time.monotonic()
        left = None
        while self.devnet.slot() < first + FAULT_SLOTS[kind]:
            if left is None and self.best() != "beta":
                left = time.monotonic() - at
            time.sleep(0.05)
        end()
        ended = self.devnet.slot()
        self.wait(lambda: self.best() == "beta", LIMIT_SLOTS, "beta in use again")
        back = self.devnet.slot() - ended
        time.sleep(QUIET_SLOTS * SLOT)
        self.windows.append((kind, first, self.devnet.slot()))
        left = "never" if left is None else f"after {left:.1f} s"
        self.say(f"{kind} in slot {first}: left by headmon {left}, best again {back} slots behind its end")

    def run(self):
        self.start()
        self.wait(lambda: self.devnet.slot() >= FIRST_FAULT_SLOT, FIRST_FAULT_SLOT + 30, "finalized epoch")
        before = self.devnet.slot()
        self.quiet = range(FIRST_FAULT_SLOT // 2, before)
        try:
            for kind in self.faults * list(FAULT_SLOTS):
                if time.monotonic() - self.began < self.minutes * 60:
                    self.fault(kind)
        finally:
            self.report()

    def report(self):
        # What is to be included of the last slots is by then.
        last = max([end for _, _, end in self.windows], default=self.devnet.slot()) - duties.SLOTS_PER_EPOCH
        blocks = duties.Blocks(self.devnet, "alpha", self.devnet.slot() - 1)
        parts = [("before", self.quiet)]
        for kind in FAULT_SLOTS:
            slots = [slot for k, first, end in self.windows if k == kind for slot in range(first, end) if slot <= last]
            parts.append((f"{kind}, {sum(k == kind for k, _, _ in self.windows)} times", set(slots)))
        print("| slots of | validators with | attestations due | missed | for another head | proposals due | missed |")
        print("|---|---|---|---|---|---|---|")
        for name, slots in parts:
            for group, validators in self.groups.items():
                made = duties.count(self.duties, blocks, validators, slots)
                print(f"| {name} | {group} | " + " | ".join(str(number) for number in made.values()) + " |")
        roots = set(blocks.roots.values())
        common = [root for root, at in self.reference.came.items() if root in roots and at > min(self.merged.came.values())]
        late = sorted(max(0.0, self.merged.came[root] - self.reference.came[root]) for root in common if root in self.merged.came)
        print(f"head events of the chain's blocks through HAProxy: {len(late)} of {len(common)}, opened "
              f"{self.merged.openings} times, {self.merged.repeated} twice, behind alpha's own stream by "
              f"{late[len(late) // 2] * 1000:.0f} ms in the median and {late[-1] * 1000:.0f} ms at most", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headmon")
    parser.add_argument("devnet")
    parser.add_argument("--faults", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--swap", action="store_true")
    arguments = parser.parse_args()
    if HAPROXY is None:
        print("haproxy is not installed")
        return 77
    with contextlib.suppress(PermissionError):
        os.nice(-5)
    with tempfile.TemporaryDirectory(prefix="headmon-failover-", ignore_cleanup_errors=True) as data:
        run = Run(arguments, data)
        try:
            run.run()
        except Failed as failure:
            run.say(f"FAILED: {failure}")
            print(run.devnet.logs())
            return 1
        finally:
            run.processes.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
