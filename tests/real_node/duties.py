"""What validators were to do, and what of it is in the chain: by a node's Beacon API alone."""

import json
import threading
import urllib.request

SLOTS_PER_EPOCH = 8


class Duties:
    """Duties of each epoch, read while it lasts, of a node that is never harmed."""

    def __init__(self, devnet, node, validators):
        self.devnet = devnet
        self.node = node
        self.validators = validators
        # (validator, slot): (committee, its place in it); (slot): proposer.
        self.attesters = {}
        self.proposers = {}
        self.epochs = set()
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        pause = threading.Event()
        while not pause.wait(0.5):
            slot = self.devnet.slot()
            # In the middle of an epoch no reorg changes its duties any more.
            epoch = slot // SLOTS_PER_EPOCH
            if slot >= 0 and slot % SLOTS_PER_EPOCH >= 2 and epoch not in self.epochs and self.read(epoch):
                self.epochs.add(epoch)

    def read(self, epoch):
        request = urllib.request.Request(
            f"{self.devnet.url(self.node)}/eth/v1/validator/duties/attester/{epoch}",
            json.dumps([str(one) for one in self.validators]).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:
                attesters = json.load(answer)["data"]
        except OSError:
            return False
        proposers = self.devnet.ask(self.node, f"/eth/v1/validator/duties/proposer/{epoch}")
        if proposers is None:
            return False
        for duty in attesters:
            self.attesters[int(duty["validator_index"]), int(duty["slot"])] = (
                int(duty["committee_index"]), int(duty["validator_committee_index"]))
        for duty in proposers["data"]:
            self.proposers[int(duty["slot"])] = int(duty["validator_index"])
        return True


class Blocks:
    """The chain of a node's head: slot to root, proposer, and the attestations in it."""

    def __init__(self, devnet, node, last):
        self.roots = {}
        self.proposers = {}
        # (slot, committee): [(aggregation bits, block root)]
        self.attestations = {}
        for slot in range(1, last + 1):
            answer = devnet.ask(node, f"/eth/v2/beacon/blocks/{slot}")
            header = devnet.ask(node, f"/eth/v1/beacon/headers/{slot}") if answer else None
            if header is None:
                continue
            self.roots[slot] = header["data"]["root"]
            block = answer["data"]["message"]
            self.proposers[slot] = int(block["proposer_index"])
            for one in block["body"]["attestations"]:
                key = int(one["data"]["slot"]), int(one["data"]["index"])
                self.attestations.setdefault(key, []).append(
                    (bytes.fromhex(one["aggregation_bits"][2:]), one["data"]["beacon_block_root"]))

    def root_at(self, slot):
        """The last block that is no later than the slot."""
        while slot > 0 and slot not in self.roots:
            slot -= 1
        return self.roots.get(slot)

    def vote(self, slot, committee, place):
        """`head`, `other` (included, for another head) or `missed`."""
        roots = [root for bits, root in self.attestations.get((slot, committee), [])
                 if bits[place // 8] >> (place % 8) & 1]
        if not roots:
            return "missed"
        return "head" if self.root_at(slot) in roots else "other"


def count(duties, blocks, validators, slots):
    """What these validators did in these slots."""
    out = {"attestations": 0, "missed": 0, "other_head": 0, "proposals": 0, "missed_proposals": 0}
    for (validator, slot), (committee, place) in duties.attesters.items():
        if validator in validators and slot in slots:
            vote = blocks.vote(slot, committee, place)
            out["attestations"] += 1
            out["missed"] += vote == "missed"
            out["other_head"] += vote == "other"
    for slot, validator in duties.proposers.items():
        if validator in validators and slot in slots:
            out["proposals"] += 1
            out["missed_proposals"] += blocks.proposers.get(slot) != validator
    return out
