#!/usr/bin/env python3
"""Real clients of headmon's merged event stream over two real nodes, of which one is killed and comes back: curl, and the npm
packages eventsource and @lodestar/api. Each sees every head of the chain once.

    clients_test.py HEADMON DEVNET [CLIENTS]

HEADMON is the program, DEVNET is scripts/devnet. The clients are installed into CLIENTS (beside the devnet's cache). Exits 77
where npm, node or curl is missing. Ends by itself within RUN_MAX seconds.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from chain import Chain
from devnet import SLOT, Devnet, Failed, Processes, check, free_ports
from real_node_test import SKIPPED, take_priority

RUN_MAX = 200
GENESIS_DELAY = 20
HERE = pathlib.Path(__file__).resolve().parent
# A node fetches what it missed only from a peer more than 8 slots ahead.
DOWN_SLOTS = 11
AFTER_SLOTS = 6


def install(folder):
    """The packages of clients/package-lock.json, once."""
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sorted((HERE / "clients").iterdir()))).hexdigest()
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (HERE / "clients").iterdir():
            shutil.copy(path, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True,
                       stdin=subprocess.DEVNULL)
        stamp.write_text(wanted)


class Client:
    """A client as a process, and the heads that it gives: (slot, block) in their order."""

    def __init__(self, processes, command, read):
        self.heads = []
        self.others = []
        self.process = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self.follow, args=(read,), daemon=True).start()

    def follow(self, read):
        for line in self.process.stdout:
            head = read(line)
            if head:
                self.heads.append((int(head["slot"]), head["block"]))
            else:
                self.others.append(line.strip())


def read_sse(line):
    return json.loads(line[5:]) if line.startswith("data:") else None


def read_json(line):
    return json.loads(line).get("head") if line.startswith("{") else None


class Test:
    def __init__(self, headmon, script, data, clients):
        self.headmon = headmon
        self.data = pathlib.Path(data)
        self.clients = clients
        self.began = time.monotonic()
        self.processes = Processes()
        self.devnet = Devnet(script, data, self.processes)

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def wait(self, condition, seconds, what):
        deadline = min(time.monotonic() + seconds, self.began + RUN_MAX)
        while not (met := condition()):
            self.processes.check_alive(what)
            check(time.monotonic() < deadline, f"no {what} within {seconds:.0f} s")
            time.sleep(0.05)
        return met

    def start_beta(self):
        self.devnet.start_beta()
        self.wait(lambda: self.devnet.answers("beta"), 60, "answer from beta")
        self.devnet.peers("connect")

    def start(self):
        self.devnet.start_alpha(GENESIS_DELAY)
        self.wait(lambda: self.devnet.answers("alpha"), 60, "answer from alpha")
        genesis = self.wait(lambda: self.devnet.ask("alpha", "/eth/v1/beacon/genesis"), 60, "genesis")
        self.devnet.genesis = lambda: int(genesis["data"]["genesis_time"])
        # Before the other node: a leader without a block for 8 slots never proposes.
        self.devnet.start("validators", str(self.devnet.ports["alpha"]), "--keys", "0..7")
        self.start_beta()
        port, metrics = free_ports(2)
        with open(self.data / "headmon.log", "wb") as log:
            self.processes.start(
                [self.headmon, "run", "--api-address", f"127.0.0.1:{port}", "--metrics-address", f"127.0.0.1:{metrics}"]
                + [word for node in ("alpha", "beta") for word in ("--beacon-node", f"{node}={self.devnet.url(node)}")],
                stdout=log, stderr=log)
        self.api = f"http://127.0.0.1:{port}"
        self.wait(lambda: self.ask("/healthz"), 30, "API of headmon")

    def ask(self, path):
        try:
            with urllib.request.urlopen(self.api + path, timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return None

    def is_open(self, node):
        told = self.ask(f"/v1/nodes/{node}")
        return told is not None and told["state"] == "open"

    def start_clients(self):
        stream = self.api + "/eth/v1/events?topics=head"
        node = ["node"]
        return {
            "curl": Client(self.processes, ["curl", "-sN", stream], read_sse),
            "eventsource": Client(self.processes, [*node, str(self.clients / "eventsource.mjs"), stream], read_json),
            "@lodestar/api": Client(self.processes, [*node, str(self.clients / "lodestar_api.mjs"), self.api], read_json),
        }

    def run(self):
        self.start()
        # This node answers to the last of three sets of topics: eight slots.
        self.wait(lambda: self.is_open("alpha") and self.is_open("beta"), 75, "two open streams")
        clients = self.start_clients()
        self.wait(lambda: all(len(client.heads) >= 2 for client in clients.values()), 10 * SLOT + 15, "heads of every client")
        first = max(client.heads[0][0] for client in clients.values())
        self.say(f"{', '.join(clients)} have heads, all from slot {first} on")
        self.devnet.beta.kill()
        self.devnet.beta.wait()
        killed = self.devnet.slot()
        self.wait(lambda: self.devnet.slot() >= killed + DOWN_SLOTS, (DOWN_SLOTS + 2) * SLOT, "slots without beta")
        self.start_beta()
        self.say(f"beta was killed in slot {killed} and is back in slot {self.devnet.slot()}")
        self.wait(lambda: self.is_open("beta"), 60, "open stream of beta")
        back = self.devnet.slot()
        self.wait(lambda: self.devnet.slot() > back + AFTER_SLOTS, (AFTER_SLOTS + 3) * SLOT, "slots with beta")
        self.compare(clients, first)

    def compare(self, clients, first):
        last = self.devnet.slot() - 1
        chain = Chain(self.devnet)
        head = self.devnet.ask("alpha", "/eth/v1/beacon/headers/head")["data"]["root"]
        chain.learn(head)
        wanted = sorted((chain.slots[root], root) for root in chain.ancestors(head) if first <= chain.slots[root] <= last)
        for name, client in clients.items():
            heads = [one for one in client.heads if first <= one[0] <= last]
            check(heads == wanted, f"{name} has {heads}, but the chain has {wanted}; beside them {client.others[-5:]}")
            self.say(f"{name}: each of the {len(wanted)} blocks of slots {first} to {last} once, in order")


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__)
        return 2
    take_priority()
    headmon, script = sys.argv[1:3]
    if not all(shutil.which(tool) for tool in ("npm", "node", "curl")):
        print("SKIPPED: npm, node or curl is missing")
        return SKIPPED
    installed = subprocess.run([script, "install"], stdin=subprocess.DEVNULL, check=False).returncode
    if installed:
        return installed
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    clients = pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else cache / "headmon" / "clients"
    install(clients)
    with tempfile.TemporaryDirectory(prefix="headmon-clients-", ignore_cleanup_errors=True) as data:
        test = Test(headmon, script, data, clients)
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
