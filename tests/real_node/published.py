"""A second headmon on the real nodes, which keeps a history and publishes to a broker."""
import collections
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cli"))
from devnet import check  # noqa: E402
from fleet_support import Broker, Connection  # noqa: E402

HEADS = ("SELECT n.name, b.slot, '0x' || lower(hex(b.root)) FROM heads h JOIN nodes n ON n.id = h.node "
         "JOIN blocks b ON b.at = h.block")


class Published:
    def __init__(self, headmon, folder, nodes, processes):
        self.folder = os.path.join(folder, "published")
        os.mkdir(self.folder)
        self.broker = Broker(self.folder)
        processes.all.append(self.broker.process)
        config = os.path.join(self.folder, "headmon.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'[metrics]\naddress = "off"\n[api]\naddress = "off"\n[history]\npath = "h.db"\n'
                       f'[fleet]\nservers = ["{self.broker.url()}"]\ninstance = "real"\nsize_mib_max = 64\n')
            file.writelines(f'[[node]]\nname = "{name}"\nurl = "{url}"\n' for name, url in nodes)
        self.program = processes.start([headmon, "run", "--config", config], stderr=subprocess.DEVNULL)

    def check(self):
        """Ends it. What the stream has and what still waits is what the history has, in order. Returns how much that was."""
        self.program.send_signal(signal.SIGTERM)
        check(self.program.wait(20) == 0, f"headmon run ended with {self.program.returncode}")
        with contextlib.closing(Connection(self.broker)) as connection:
            told = [(int(ident.rsplit(":", 1)[1]), body) for _, ident, body in connection.stored() if ident]
        self.broker.kill()
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "h.db"))) as history:
            waiting = [(sequence, json.loads(body)) for sequence, body in history.execute("SELECT sequence, body FROM outbox")]
            kept = collections.Counter((name, str(slot), root) for name, slot, root in history.execute(HEADS))
        sequences = [sequence for sequence, _ in told]
        check(sequences == sorted(set(sequences)), "the stream is not in order")
        # What waits may have reached the broker, and its word of it not us.
        all_of_them = {**dict(waiting), **dict(told)}
        check(sorted(all_of_them) == list(range(1, len(all_of_them) + 1)), f"the stream has {sequences}, and {sorted(dict(waiting))} wait")
        heads = collections.Counter((body["node"], body["slot"], body["block"]) for body in all_of_them.values()
                                    if body["update"] == "node_head")
        check(heads == kept, f"the stream has other heads than the history: more {heads - kept}, fewer {kept - heads}")
        return f"{len(told)} updates published, {sum(heads.values())} heads as in the history, {len(waiting)} wait for the next start"
