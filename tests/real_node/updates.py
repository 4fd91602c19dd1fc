"""What `headmon watch --format json` says."""

import json
import threading
import time


class Updates:
    """Each line with the monotonic time at which it was read."""

    def __init__(self, process):
        self.lines = []
        # As they were written.
        self.text = []
        self.process = process
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.text.append(line.decode() if isinstance(line, bytes) else line)
            self.lines.append((time.monotonic(), json.loads(line)))

    def of(self, kind, node=None, since=0.0, until=float("inf"), **wanted):
        """The updates of one kind, of one node or of all, with these members, as pairs of time and update."""
        return [(at, update) for at, update in list(self.lines)
                if update["update"] == kind and since <= at < until
                and (node is None or update["node"] == node)
                and all(update[name] == value for name, value in wanted.items())]

    def streamed(self, node, since=0.0, until=float("inf"), **wanted):
        """The node's heads by stream: slot to root. A later head of one slot takes the place of an earlier one."""
        heads = self.of("node_head", node, since, until, source="stream", **wanted)
        return {int(update["slot"]): update["block"] for _, update in heads}

    def common(self, since=0.0):
        """Slots whose head both nodes told live, with the same root."""
        alpha, beta = (self.streamed(node, since, timeliness="live") for node in ("alpha", "beta"))
        return sorted(slot for slot in alpha if alpha[slot] == beta.get(slot))

    def reasons(self, node, since=0.0, until=float("inf")):
        return [update["reason"] for _, update in self.of("stream_ended", node, since, until)]

    def status(self, node):
        """The node's last status; None before there is one."""
        told = self.of("node_status", node)
        return told[-1][1] if told else None

    def best(self):
        """The best head; None before there is one."""
        told = self.of("best_head")
        return told[-1][1] if told else None
