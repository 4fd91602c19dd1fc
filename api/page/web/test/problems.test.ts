import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ISSUES, RUNBOOK, RUNBOOK_OF } from "../src/health-table";
import { problemsOf, sentenceOf } from "../src/problems";
import { block, chain, node, report, slot, snapshot } from "./make";

declare const DOCS: string;

const NOW = Date.parse("2026-01-01T00:02:05Z");
/** The clock is in slot 10. */
const time = { genesis: "2026-01-01T00:00:00Z", slot_duration_seconds: 12 };
const sentence = (more: Parameters<typeof snapshot>[0]) => {
  const one = snapshot(more);
  return sentenceOf(one, problemsOf(one, NOW));
};
const bad = (issue: string, name = "home") => node(name, { health: ISSUES[issue]?.severity ?? "unusable", issues: [issue] });

test("all is well", () => {
  assert.equal(sentence({}), "All 2 nodes agree; head 10 came 0.41 s into the slot from home.");
  assert.equal(sentence({ nodes: [node("home"), node("spare", { head: null })] }), "Nothing is wrong; head 10 came 0.41 s into the slot from home, and 1 of 2 nodes have it so far.");
  assert.equal(sentence({ slots: [] }), "All 2 nodes agree; head 10.");
});

test("before the first head nothing is wrong and nothing is well", () => {
  const young = (name: string) => node(name, { state: "connecting", health: "unusable", issues: ["no_stream", "unchecked_network"], head: null });
  assert.equal(sentence({ nodes: [young("home"), young("spare")], chain: chain({ best: null }), slots: [] }), "Waiting for the first head of 2 nodes.");
  const refused = node("home", { state: "ended", health: "unusable", issues: ["no_stream"], head: null });
  assert.match(sentence({ nodes: [refused], chain: chain({ best: null }), slots: [] }), /^home has no event stream/);
});

test("the worst is first: no monitor, no usable node, split, one node, its lesser faults", () => {
  const worst = (more: Parameters<typeof snapshot>[0]) => problemsOf(snapshot(more), NOW)[0]?.id;
  const split = { since_monotonic_seconds: 1, branches: [{ head: block(1), slot: "10", nodes: ["home"] }, { head: block(2), slot: "9", nodes: ["spare"] }] };
  const nodes = [bad("stalled"), bad("stalled", "spare")];
  assert.equal(worst({ nodes, chain: chain({ is_stopped: true, split }) }), "stopped");
  assert.equal(worst({ nodes, chain: chain({ split }) }), "no_usable_node");
  assert.equal(worst({ nodes: [bad("stalled"), node("spare")], chain: chain({ split }) }), "split");
  assert.equal(worst({ nodes: [bad("behind"), bad("stalled", "spare")] }), "stalled spare");
  assert.equal(sentence({ nodes: [bad("behind"), bad("stalled", "spare")] }).endsWith("And 1 more problem."), true);
});

test("while nothing runs, nothing else is said of nodes and chain", () => {
  const split = { since_monotonic_seconds: 1, branches: [{ head: block(1), slot: "10", nodes: ["home"] }, { head: block(2), slot: "9", nodes: ["spare"] }] };
  assert.deepEqual(problemsOf(snapshot({ nodes: [bad("stalled"), node("spare")], chain: chain({ is_stopped: true, split }) }), NOW).map((one) => one.id), ["stopped"]);
});

test("the head came from whoever was first with that very block", () => {
  const slots = [slot(10, { reports: [report("spare", { block: block(99), is_first: true, delay_seconds: 0.2 }), report("home", { is_first: true })] })];
  assert.match(sentence({ slots }), /came 0\.41 s into the slot from home\.$/);
});

test("nodes with the same worst issue are one problem", () => {
  const nodes = ["a", "b", "c", "d"].map((name) => bad("lagging", name));
  const problems = problemsOf(snapshot({ nodes }), NOW);
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.text ?? "", /^4 of 4 nodes \(a, b and 2 more\): each reports heads later/);
});

test("an old head is a problem, but not by a clock that is in doubt, nor without slot time", () => {
  const old = { best: { node: "home", slot: "6", block: block(10), since: null }, slot_time: time };
  const ids = (more: Partial<ReturnType<typeof chain>>) => problemsOf(snapshot({ chain: chain({ ...old, ...more }) }), NOW).map((one) => one.id);
  assert.deepEqual(ids({}), ["head_old"]);
  assert.deepEqual(ids({ best: { ...old.best, slot: "7" } }), []);
  assert.deepEqual(ids({ slot_time: null }), []);
  assert.deepEqual(ids({ clock: { level: "skewed", offset_seconds: 48, uncertainty_seconds: 1 } }), ["clock"]);
});

test("services of headmon's own that are not well are told, and those that are well are not", () => {
  const services = [{ service: "history_writer", health: "degraded", detail: "disk full", is_down: false }, { service: "monitor", health: "healthy", detail: "", is_down: false }];
  const problems = problemsOf(snapshot({ services }), NOW);
  assert.deepEqual(problems.map((one) => one.text), ["headmon's own history_writer is degraded: disk full."]);
});

test("every issue of docs/health.md has words and a section of the runbook", () => {
  const documented = [...readFileSync(join(DOCS, "health.md"), "utf8").matchAll(/^\| `(\w+)` \| (?:degraded|unusable) \|/gm)].map((match) => match[1] as string);
  assert.ok(documented.length >= 21);
  assert.deepEqual(Object.keys(ISSUES).sort(), [...documented].sort());
  assert.deepEqual(Object.keys(RUNBOOK_OF).sort(), [...documented].sort());
});

test("every section that is linked to is in the runbook", () => {
  const sections = new Set(RUNBOOK.map((section) => section.id));
  const sources = ["problems.ts", "events-words.ts", "health-table.ts", "views/now.tsx"].map((name) => readFileSync(join(DOCS, "../api/page/web/src", name), "utf8")).join("\n");
  const linked = [...sources.matchAll(/"(headmon[a-z]+)"/g)].map((match) => match[1] as string);
  assert.ok(linked.length > 20);
  for (const section of linked) assert.ok(sections.has(section), section);
});
