import assert from "node:assert/strict";
import { test } from "node:test";
import { cellOf, shownSlots, strips, stripWords } from "../src/cells";
import { SLOTS } from "../src/store";
import { block, report, slot, verdict } from "./make";

const watched: string[] = [];

test("a report of the slot's block is on time or late, by its own deadline", () => {
  for (const [is_late, cell] of [[false, "on_time"], [true, "late"], [null, "unknown"]] as const) {
    assert.equal(cellOf(slot(10, { verdict: verdict("on_time"), reports: [report("a", { is_late })], not_watched: watched }), "a"), cell);
  }
});

test("a node that was not watched is never said to have reported nothing", () => {
  const one = slot(10, { verdict: verdict("on_time"), not_watched: ["a"] });
  assert.equal(cellOf(one, "a"), "not_watched");
  assert.equal(cellOf(one, "b"), "not_reported");
  assert.equal(cellOf({ ...one, verdict: verdict("missed") }, "a"), "not_watched");
  assert.equal(cellOf({ ...one, verdict: verdict("missed") }, "b"), "missed");
});

test("unknown stays unknown", () => {
  assert.equal(cellOf(slot(10, { verdict: verdict("unknown"), not_watched: watched }), "a"), "unknown");
  assert.equal(cellOf(slot(10, { verdict: verdict("on_time"), not_watched: null }), "a"), "unknown");
  assert.equal(cellOf(slot(10, { verdict: verdict("missed"), not_watched: null }), "a"), "unknown");
  assert.equal(cellOf(slot(10, { verdict: verdict("unknown"), reports: [report("a")], not_watched: watched }), "a"), "unknown");
  assert.equal(cellOf(undefined, "a"), "none");
});

test("before the verdict only a report says something", () => {
  assert.equal(cellOf(slot(10), "a"), "pending");
  assert.equal(cellOf(slot(10, { reports: [report("a", { is_late: true })] }), "a"), "late");
  assert.equal(cellOf(slot(10, { reports: [report("b")] }), "a"), "pending");
});

test("a block that is not the slot's is another block, also when the chain has none", () => {
  const reports = [report("a", { block: block(99) })];
  assert.equal(cellOf(slot(10, { verdict: verdict("on_time"), reports, not_watched: watched }), "a"), "other_block");
  assert.equal(cellOf(slot(10, { verdict: verdict("missed"), reports, not_watched: watched }), "a"), "other_block");
  const both = [...reports, report("a", { is_late: true })];
  assert.equal(cellOf(slot(10, { verdict: verdict("on_time"), reports: both, not_watched: watched }), "a"), "late");
});

test("a strip has a place for each of the last slots, the newest last", () => {
  const slots = [slot(100, { reports: [report("a")] }), slot(98, { verdict: verdict("missed"), not_watched: watched })];
  const cells = strips(slots, ["a"]).get("a") ?? [];
  assert.equal(cells.length, SLOTS);
  assert.deepEqual(cells.slice(-3), ["missed", "none", "on_time"]);
  assert.equal(shownSlots(slots).at(-1), 100);
  assert.deepEqual(shownSlots([]), []);
});

test("a strip that has not changed is the same one, and one that has is not", () => {
  const slots = [slot(100)];
  const before = strips(slots, ["a", "b"]);
  const after = strips([slot(100, { reports: [report("a")] })], ["a", "b"], before);
  assert.notEqual(after.get("a"), before.get("a"));
  assert.equal(after.get("b"), before.get("b"));
});

test("a node that joins is judged in slots that are known already", () => {
  const slots = [slot(100, { verdict: verdict("on_time"), not_watched: ["b"] })];
  assert.equal(strips(slots, ["a"]).get("a")?.at(-1), "not_reported");
  assert.equal(strips(slots, ["a", "b"]).get("b")?.at(-1), "not_watched");
});

test("a strip in words counts what is there", () => {
  assert.equal(stripWords(["on_time", "on_time", "late", "none"]), "2 on time, 1 late");
  assert.equal(stripWords(["none"]), "no slots yet");
});
