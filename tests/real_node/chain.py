"""The chain as the nodes' own REST answers tell it, and what follows from it for what headmon tells."""

GENESIS_PARENT = "0x" + "00" * 32


class Chain:
    """Blocks with their parents. Blocks of a dropped branch are kept: their node may forget them."""

    def __init__(self, devnet):
        self.devnet = devnet
        self.parents = {}
        self.slots = {}

    def learn(self, root):
        """Walks up from `root` until a block is known."""
        while root not in self.parents and root != GENESIS_PARENT:
            for node in ("alpha", "beta"):
                answer = self.devnet.ask(node, f"/eth/v1/beacon/headers/{root}")
                if answer is not None:
                    break
            if answer is None:
                return
            message = answer["data"]["header"]["message"]
            self.parents[root] = message["parent_root"]
            self.slots[root] = int(message["slot"])
            root = message["parent_root"]

    def learn_told(self, updates):
        for _, update in updates.of("node_head"):
            self.learn(update["block"])

    def ancestors(self, root):
        """`root` and all above it, lowest last."""
        out = []
        while root in self.parents:
            out.append(root)
            root = self.parents[root]
        return out

    def passes_over(self, head, slot):
        """`head` is later than `slot`, and no block above it is of that slot."""
        above = [self.slots[root] for root in self.ancestors(head)]
        return bool(above) and above[0] > slot > above[-1] and slot not in above

    def is_ancestor(self, ancestor, root):
        return ancestor in self.ancestors(root)

    def dropped(self, old, new):
        """The blocks from `old` down to the common ancestor with `new`, that one left out."""
        kept = set(self.ancestors(new))
        return [root for root in self.ancestors(old) if root not in kept]

    def is_one_line(self, one, other):
        return self.is_ancestor(one, other) or self.is_ancestor(other, one)

    def moves(self, heads):
        """Where a node left its branch: (old, new). A head that only went back, because the stream began anew, is no
        move."""
        out = []
        tip = None
        for head in heads:
            if tip is not None and self.is_ancestor(head, tip):
                continue
            if tip is not None and not self.is_ancestor(tip, head):
                out.append((tip, head))
            tip = head
        return out
