"""Two real beacon nodes, alpha and beta, with their validators, and everything that can be done to them."""

import ctypes
import json
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

SLOT = 2.0
LOG_LINES = 12
# Of 8 validators; one of them attests in each slot. The branch of alpha wins every cut that lasts for an epoch.
# Who proposes follows from the keys and is the same in every run: these leave no long wait for a block of either.
KEYS = {"alpha": "3..7", "beta": "0..2"}


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

    def check_alive(self, meanwhile):
        for process in self.all:
            check(process.poll() in (None, 0, -signal.SIGKILL),
                  f"{process.args[:3]} ended with {process.returncode} while waiting for {meanwhile}")

    def end(self):
        for process in self.all:
            if process.poll() is None:
                process.kill()
        for process in self.all:
            process.wait()


class Devnet:
    """SCRIPT is scripts/devnet, DATA a directory for the nodes. Processes are the caller's to end."""

    def __init__(self, script, data, processes):
        self.script = script
        self.data = data
        self.processes = processes
        ports = free_ports(4)
        self.ports = dict(zip(KEYS, ports[:2]))
        self.p2p = dict(zip(KEYS, ports[2:]))
        self.beta = None

    def url(self, node):
        return f"http://127.0.0.1:{self.ports[node]}"

    def ask(self, node, path):
        """The node's answer, parsed; None when it has none."""
        try:
            with urllib.request.urlopen(self.url(node) + path, timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return None

    def answers(self, node):
        return self.ask(node, "/eth/v1/node/identity") is not None

    def start(self, *words):
        """One role of the devnet; the pid is the node's own."""
        with open(f"{self.data}/{'-'.join(words[:2])}.log", "ab") as log:
            return self.processes.start([self.script, *words, "--data", self.data], stdout=log, stderr=log)

    def start_alpha(self, genesis_delay):
        return self.start("leader", str(self.ports["alpha"]), "--p2p-port", str(self.p2p["alpha"]),
                   "--slot-seconds", f"{SLOT:.0f}", "--genesis-delay", str(genesis_delay))

    def start_beta(self):
        """From genesis, whatever it knew before, and without a peer."""
        self.beta = self.start("follower", str(self.ports["beta"]), str(self.ports["alpha"]), "--p2p-port",
                               str(self.p2p["beta"]), "--no-peers")

    def start_validators(self, node):
        self.start("validators", str(self.ports[node]), "--keys", KEYS[node])

    def peers(self, action):
        """`cut` or `connect`."""
        done = subprocess.run(
            [self.script, action, str(self.ports["beta"]), str(self.ports["alpha"]), "--data", self.data],
            stdin=subprocess.DEVNULL, check=False, timeout=30)
        check(done.returncode == 0, f"scripts/devnet {action} ended with {done.returncode}")

    def logs(self):
        """The last lines of every process of the devnet."""
        out = []
        for log in sorted(pathlib.Path(self.data).glob("*.log")):
            out += [f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-LOG_LINES:]]
        return "\n".join(out)

    def genesis(self):
        return int(self.ask("alpha", "/eth/v1/beacon/genesis")["data"]["genesis_time"])

    def slot(self):
        """The slot that it is now; negative before genesis."""
        return int((time.time() - self.genesis()) // SLOT)
