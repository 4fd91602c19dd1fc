import assert from "node:assert/strict";
import { test } from "node:test";
import { SLOTS, apply, initialState } from "../src/store";
import { node, report, slot, snapshot } from "./make";

const begun = apply(initialState, "snapshot", snapshot(), 1000);

test("nothing is shown before the snapshot, and a snapshot takes the place of everything", () => {
  assert.equal(apply(initialState, "node", node("home"), 1).snapshot, null);
  const other = apply(begun, "snapshot", snapshot({ nodes: [node("new")] }), 2000);
  assert.deepEqual(other.snapshot?.nodes.map((one) => one.node), ["new"]);
  assert.equal(other.connection.heardAt, 2000);
});

test("a node takes its own place, and a new one comes last", () => {
  const changed = apply(begun, "node", node("home", { disconnects: 3 }), 1).snapshot;
  assert.deepEqual(changed?.nodes.map((one) => [one.node, one.disconnects]), [["home", 3], ["spare", 0]]);
  assert.deepEqual(apply(begun, "node", node("third"), 1).snapshot?.nodes.map((one) => one.node), ["home", "spare", "third"]);
  assert.equal(begun.snapshot?.nodes[0]?.disconnects, 0);
});

test("slots stay in order, newest first, and are no more than the API keeps", () => {
  let state = begun;
  for (const number of [12, 9, 11, 10]) state = apply(state, "slot", slot(number, { reports: [report("home")] }), 1);
  assert.deepEqual(state.snapshot?.slots.map((one) => one.slot), ["12", "11", "10", "9"]);
  for (let number = 13; number < 200; ++number) state = apply(state, "slot", slot(number), 1);
  assert.equal(state.snapshot?.slots.length, SLOTS);
  assert.equal(state.snapshot?.slots[0]?.slot, "199");
  assert.equal(apply(state, "slot", slot(3), 1).snapshot?.slots.some((one) => one.slot === "3"), false);
});

test("what a later headmon sends is passed over", () => {
  assert.equal(apply(begun, "weather", { rain: true }, 1).snapshot, begun.snapshot);
});
