"""What headmon told, held against what the nodes and the clock say."""

import datetime
import json

from devnet import SLOT, check

# The tick is where in the slot ended streams are reopened; a busy machine may be late by this much.
TICK_SLACK = 1.0
FORMS = ["head_v2_full", "head_full", "head_only"]
# 3333 of 10000 of the slot, which this node's spec does not say.
DEADLINE = SLOT * 3333 / 10000


def wall(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def topics(updates, node):
    """From the richest form to the one that this node answers to, each given up by its own silence."""
    forms = []
    for _, status in updates.of("node_status", node):
        if not forms or forms[-1] != status["topic_set"]:
            forms.append(status["topic_set"])
    check(forms == FORMS, f"{node} was asked for {forms}")
    status = updates.status(node)
    check(status["network_check"] == "match", f"the network of {node} is {status['network_check']}")
    check(status["version"].startswith("Lodestar/v1.5.1"), f"{node} is {status['version']}")
    opened = updates.of("stream_opened", node)
    check(len(opened) == 1, f"a stream of {node} opened {len(opened)} times")
    reasons = [reason for reason in updates.reasons(node) if reason != "connect_failed"]
    check(reasons == ["topic_refused"] * 2, f"the streams of {node} ended with {reasons}")
    refused = [at for at, _ in updates.of("stream_ended", node, reason="topic_refused")]
    # Two slots in which its own head moved; the tick behind them finds it.
    check(refused[1] - refused[0] > 2 * SLOT - TICK_SLACK, f"{node}'s second form had {refused[1] - refused[0]:.1f} s")
    polled = updates.of("node_head", node, refused[1], opened[0][0] + TICK_SLACK, source="poll")
    check(len(polled) == 1, f"the gap of {node} was filled {len(polled)} times")


def split(told, updates, chain):
    """Each branch has the node that is on it, and neither head is above the other."""
    branches = {branch["nodes"][0]: branch for branch in told["branches"] if len(branch["nodes"]) == 1}
    check(len(told["branches"]) == 2 and set(branches) == {"alpha", "beta"}, f"the branches are {told['branches']}")
    heads = {node: branch["head"] for node, branch in branches.items()}
    for node, head in heads.items():
        check(updates.of("node_head", node, block=head), f"{node} has told the head of its branch")
        check(chain.slots[head] == int(branches[node]["slot"]), "the branch has its head's slot")
    dropped = chain.dropped(heads["alpha"], heads["beta"]), chain.dropped(heads["beta"], heads["alpha"])
    check(dropped[0] and dropped[1], "neither branch is above the other")
    lasted = told["at_monotonic_seconds"] - told["since_monotonic_seconds"]
    # A sixth of a slot; then the parents are asked for at the tick.
    check(SLOT / 6 < lasted < SLOT + TICK_SLACK, f"the split was told after {lasted:.1f} s")
    return f"split, told after {lasted:.1f} s: {len(dropped[0])} blocks of alpha's, {len(dropped[1])} of beta's"


def reorgs(updates, chain):
    """Each is one that a node has made, has the depth that the nodes' parents give, and is told once."""
    told = [(update["old_head"], update["new_head"], update["depth"])
            for _, update in updates.of("reorg", certainty="confirmed")]
    check(told, "there was a reorg")
    moves = [move for node in ("alpha", "beta")
             for move in chain.moves([update["block"] for _, update in updates.of("node_head", node)])]
    for old, new, depth in told:
        blocks = chain.dropped(old, new)
        check(depth == len(blocks), f"the reorg has depth {depth}, but {len(blocks)} blocks fell")
        check(any(chain.is_one_line(old, left) and chain.is_one_line(new, taken) for left, taken in moves),
              f"no node left {old} for {new}")
    check(len({old for old, _, _ in told}) == len(told), f"each fall is told once: {told}")
    check(not updates.of("reorg", certainty="refuted"), "no reorg was refuted")
    return f"reorgs told: depths {[depth for _, _, depth in told]}"


def outage(updates, killed):
    """From the kill to the first attempt that found the node."""
    ends = updates.of("stream_ended", "beta", killed)
    reasons = [update["reason"] for _, update in ends]
    check(reasons[0] == "reset", f"the kill is told as {reasons[0]}")
    check(ends[0][0] - killed < 2, f"the kill was told {ends[0][0] - killed:.1f} s late")
    check(set(reasons[1:]) == {"connect_failed"}, f"the attempts ended with {reasons[1:]}")
    times = [at for at, _ in ends[1:]]
    check(times[0] - ends[0][0] < 2 * SLOT, "the first attempt comes at the first or second tick")
    for before, after in zip(times, times[1:]):
        check(abs(after - before - SLOT) < TICK_SLACK, f"two attempts lie {after - before:.2f} s apart, not one slot")
    check(not updates.of("stream_opened", "beta", killed, ends[-1][0]), "no stream opens while the node is down")


def sync(updates, killed):
    """A node that syncs has no live heads, is never late and never the best; then it has them again."""
    heads = updates.of("node_head", "beta", killed)
    live = [at for at, update in heads if update["timeliness"] == "live"]
    synced = [update for at, update in heads if at < live[0]]
    past = [update for update in synced if update["source"] == "stream"]
    check(len(past) > 8, f"the sync gave {len(past)} heads")
    timeliness = {update["timeliness"] for update in synced}
    check(timeliness <= {"backfill", "stale"}, f"heads of the sync are {timeliness}")
    check(all(update["is_late"] is None and not update["is_first"] for update in synced),
          "no head of the sync is late or first")
    check(not any(update["is_latest"] for update in synced if update["timeliness"] == "backfill"),
          "no head of the sync is latest")
    check(not updates.of("best_head", "beta", killed, live[0]), "a syncing node is never the best")
    check(updates.streamed("beta", killed)[int(past[-1]["slot"])] == past[-1]["block"], "the sync ends in the chain")
    check(not updates.of("head_split", since=killed, is_over=False), "a syncing node is on no branch of its own")
    check({status["topic_set"] for _, status in updates.of("node_status", "beta", killed)} == {"head_only"},
          "the form that worked is kept for this version")
    opened = updates.of("stream_opened", "beta", killed)
    check(len(opened) == 1 and opened[0][1]["reopened"] is True, "the stream was reopened once")
    check(not updates.of("stream_ended", "beta", opened[0][0]), "the reopened stream stays")
    return f"a node came back with nothing and synced slots {past[0]['slot']} to {past[-1]['slot']}"


def verdicts(updates, chain):
    """One for each slot, in order; `missed` where the chain passes over it, `on_time` or `late` where there is a block."""
    told = updates.of("slot_verdict")
    slots = [int(update["slot"]) for _, update in told]
    check(slots == list(range(slots[0], slots[-1] + 1)), f"slots are judged {slots}")
    blocks = {}
    for root, slot in chain.slots.items():
        blocks.setdefault(slot, set()).add(root)
    # A block that fell before anything proved it is none of the chain's: its slot is passed over all the same.
    final = {chain.slots[root]: root for root in chain.ancestors(updates.best()["block"])}
    counts = {}
    for at, update in told:
        verdict, slot = update["verdict"], int(update["slot"])
        counts[verdict] = counts.get(verdict, 0) + 1
        if verdict == "missed":
            check(slot not in final, f"slot {slot} is told as missed, but has {final.get(slot)}")
            check(any(chain.passes_over(head["block"], slot) for _, head in updates.of("node_head", until=at)),
                  f"no head told by then passes over slot {slot}, and it is told as missed")
        elif verdict != "unknown":
            check(update["block"] in blocks[slot], f"the block of slot {slot} is another")
    # Of two nodes apart nobody knows whose block it is; and the first slot was not watched from its start.
    both = set(updates.common()[1:])
    unknown = [int(update["slot"]) for _, update in told if update["verdict"] == "unknown" and int(update["slot"]) in both]
    check(not unknown, f"both nodes had the blocks of slots {unknown} live, and they are told as unknown")
    return f"verdicts: {counts}"


def delays(updates, genesis):
    """Delay, deadline and lateness of live heads, from the wall clock of each and the chain's genesis."""
    live = [update for _, update in updates.of("node_head", timeliness="live", is_repeat=False)]
    for update in live:
        delay = wall(update["at"]) - genesis - int(update["slot"]) * SLOT
        check(abs(update["delay_seconds"] - delay) < 1e-3, f"{update['delay_seconds']} s is no delay of {update['at']}")
        check(abs(update["deadline_seconds"] - DEADLINE) < 1e-3, f"the deadline is {update['deadline_seconds']}")
        check(update["is_late"] == (delay > update["deadline_seconds"]), f"late at {delay}: {update['is_late']}")
    late = sum(update["is_late"] for update in live)
    return f"{len(live)} live heads, {late} of them late"


def events(process):
    """`headmon events` on the node: the raw stream, without any negotiation."""
    out, _ = process.communicate(timeout=20)
    check(process.returncode == 0, f"headmon events ended with {process.returncode}")
    told = [json.loads(line) for line in out.splitlines()]
    check([event["event"] for event in told] == ["head", "head"], "headmon events prints two heads")
    slots = [int(json.loads(event["data"])["slot"]) for event in told]
    check(slots[0] < slots[1], f"their slots ascend: {slots}")
    return f"headmon events: slots {slots}"
