import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Update } from "../src/api";
import { KINDS, Memory, lineOf } from "../src/events-words";
import { ageText, explorerUrl, namesText, secondsText, slotText, timeText } from "../src/text";

declare const DOCS: string;
const updates = readFileSync(join(DOCS, "updates.md"), "utf8");

test("every kind of update that is documented has a line of words and a place in the filter", () => {
  const examples = [...updates.matchAll(/^(\{"update":.*\})$/gm)].map((match) => JSON.parse(match[1] as string) as Update);
  // `lagged` is of readers that are no event streams.
  const kinds = new Set(examples.map((update) => update.update).filter((kind) => kind !== "lagged"));
  assert.deepEqual([...kinds].sort(), KINDS.map(([kind]) => kind).sort());
  for (const update of examples) {
    const line = lineOf("1", update, new Memory());
    assert.ok(line !== null, update.update);
    assert.doesNotMatch(line.text.replace("voluntary_exit", ""), /undefined|null|NaN|\[object|_/, line.text);
  }
});

test("a node's status is news when its issues change", () => {
  const memory = new Memory();
  const status = (health: string, issues: string[]) => lineOf("1", { update: "node_status", at: "", node: "a", health, issues }, memory)?.text ?? null;
  assert.equal(status("good", []), null);
  assert.equal(status("degraded", ["lagging"]), "a is degraded: lagging");
  assert.equal(status("degraded", ["lagging"]), null);
  assert.equal(status("unusable", ["no_stream", "lagging"]), "a is unusable: no stream, lagging");
  assert.equal(status("good", []), "a is good again");
});

test("our clock is news when its level changes", () => {
  const memory = new Memory();
  const clock = (level: string) => lineOf("1", { update: "clock_skew", at: "", level, offset_seconds: -2.4 }, memory)?.tone ?? null;
  assert.deepEqual(["none", "skewed", "skewed", "none"].map(clock), [null, "bad", null, "good"]);
});

test("a kind that nobody knows is told by its name", () => {
  assert.equal(lineOf("1", { update: "solar_flare", at: "" }, new Memory())?.text, "solar flare");
});

test("numbers and times as people read them", () => {
  assert.equal(slotText("13054221"), "13,054,221");
  assert.equal(slotText("18446744073709551615"), "18,446,744,073,709,551,615");
  assert.deepEqual([null, 0, 0.0134, 0.41, 12.34].map(secondsText), ["–", "0 ms", "13 ms", "0.41 s", "12.3 s"]);
  assert.deepEqual([0, 99, 600, 7200, 200_000].map(ageText), ["0 s", "99 s", "10 min", "2 h", "2 d"]);
  assert.equal(timeText("2026-01-31T19:02:11.5Z", "UTC", true), "2026-01-31 19:02:11");
  assert.deepEqual([[], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]].map((names) => namesText(names)), ["", "a", "a and b", "a, b and c", "a, b and 2 more"]);
});

test("a link to the explorer has slot or root in it, and there is none without them", () => {
  assert.equal(explorerUrl("https://e/slot/{slot}", "7", null), "https://e/slot/7");
  assert.equal(explorerUrl("https://e/{root}", "7", "0x12"), "https://e/0x12");
  assert.equal(explorerUrl("https://e/{root}", "7", null), null);
  assert.equal(explorerUrl(null, "7", "0x12"), null);
});
