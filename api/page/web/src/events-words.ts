// An update as a line of words, and where the runbook says what to do.
import type { Update } from "./api";
import { RUNBOOK_OF } from "./health-table";
import { namesText, rootText, secondsText, slotText } from "./text";

export interface Line {
  /** Of the server; unique. */
  id: string;
  at: string;
  kind: string;
  /** Those that it is about, for the filter. */
  nodes: string[];
  text: string;
  tone: "good" | "watch" | "bad" | "plain";
  runbook: string | null;
}

/** Kinds, and whether they are shown unless something else is chosen. */
export const KINDS: [string, boolean][] = [
  ["best_head", true], ["slot_verdict", true], ["reorg", true], ["head_split", true], ["stream_opened", true], ["stream_ended", true],
  ["node_status", true], ["node_behind", true], ["stream_buffered", true], ["run_started", true], ["run_ended", true], ["cycle_failed", true],
  ["slot_time", true], ["service_ended", true], ["service_health", true], ["clock_skew", true],
  ["node_head", false], ["head_proven", false], ["finalized", false], ["node_block", false], ["node_reorg", false], ["node_event", false],
];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const spaced = (value: unknown): string => text(value).replaceAll("_", " ");
const behind = (detail: unknown): string => (text(detail) === "" ? "" : `: ${text(detail)}`);
const list = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

/** What the line before said of a node, so that only changes are lines. */
export class Memory {
  readonly issues = new Map<string, string>();
  clock = "none";
}

type Words = Pick<Line, "text" | "tone"> & { nodes?: string[]; runbook?: string | null };
type Writer = (update: Update, memory: Memory) => Words | null;

const plain = (words: string): Words => ({ text: words, tone: "plain" });

function statusWords(update: Update, memory: Memory): Words | null {
  const node = text(update.node);
  const issues = list(update.issues);
  const now = `${text(update.health)} ${issues.join()}`;
  const before = memory.issues.get(node);
  memory.issues.set(node, now);
  // The first one says how it is, which is no news while all is well.
  if (before === now || (before === undefined && issues.length === 0)) return null;
  if (issues.length === 0) return { text: `${node} is good again`, tone: "good" };
  return {
    text: `${node} is ${text(update.health)}: ${issues.map(spaced).join(", ")}`,
    tone: update.health === "unusable" ? "bad" : "watch",
    runbook: RUNBOOK_OF[issues[0] ?? ""] ?? null,
  };
}

function clockWords(update: Update, memory: Memory): Words | null {
  const level = text(update.level);
  if (level === memory.clock) return null;
  memory.clock = level;
  return level === "none"
    ? { text: "nothing speaks against this machine's clock any more", tone: "good" }
    : { text: `this machine's clock is off by ${secondsText(number(update.offset_seconds))} (${spaced(level)})`, tone: "bad", runbook: "headmonclockoff" };
}

function verdictWords(update: Update): Words {
  const verdict = text(update.verdict);
  const by = update.first_reported_by == null ? "" : `, first from ${text(update.first_reported_by)} ${secondsText(number(update.delay_seconds))} into it`;
  return {
    text: `slot ${slotText(text(update.slot))} ${spaced(verdict)}${by}`,
    tone: verdict === "late" ? "watch" : "plain",
    nodes: [text(update.first_reported_by)],
    runbook: verdict === "late" ? "headmonslotslatefast" : null,
  };
}

function splitWords(update: Update): Words {
  if (update.is_over === true) return { text: "the split is over", tone: "good" };
  const branches = Array.isArray(update.branches) ? (update.branches as { slot: string; nodes: string[] }[]) : [];
  return {
    text: `nodes are split: ${branches.map((branch) => `${namesText(branch.nodes)} at slot ${slotText(branch.slot)}`).join("; ")}`,
    tone: "bad", nodes: branches.flatMap((branch) => branch.nodes), runbook: "headmonsplit",
  };
}

function reorgWords(update: Update): Words {
  const depth = number(update.depth) ?? 0;
  return {
    text: `${text(update.certainty)} reorg of ${update.is_depth_exact === false ? "at least " : ""}${depth} ${depth === 1 ? "block" : "blocks"}, ${rootText(text(update.old_head))} → ${rootText(text(update.new_head))}`,
    tone: update.certainty === "confirmed" ? "watch" : "plain", nodes: [text(update.reported_by)], runbook: depth >= 3 ? "headmondeepreorg" : null,
  };
}

const WRITERS: Record<string, Writer> = {
  run_started: (u) => plain(`a run begins over ${namesText(list(u.nodes), 8)}`),
  run_ended: (u) => ({ text: `the run is over, ${spaced(u.reason)}${behind(u.detail)}`, tone: u.reason === "gave_up" ? "bad" : "plain", runbook: u.reason === "gave_up" ? "headmongaveup" : null }),
  stream_opened: (u) => ({ text: `${text(u.node)} ${u.reopened === true ? "is back: its stream is open again" : "opened its stream"}`, tone: u.reopened === true ? "good" : "plain" }),
  stream_ended: (u) => ({ text: `${text(u.node)} lost its stream, ${spaced(u.reason)}${behind(u.detail)}`, tone: u.reason === "cancelled" || u.reason === "topic_refused" ? "plain" : "bad", runbook: u.reason === "cancelled" ? null : "headmonstreamdown" }),
  node_head: (u) => plain(`${text(u.node)} reports head ${slotText(text(u.slot))} ${rootText(text(u.block))}${number(u.delay_seconds) === null ? ` (${spaced(u.timeliness)})` : `, ${secondsText(number(u.delay_seconds))} into the slot`}${u.is_late === true ? ", late" : ""}`),
  best_head: (u) => plain(`best head ${slotText(text(u.slot))} ${rootText(text(u.block))} from ${text(u.node)}`),
  reorg: reorgWords,
  slot_verdict: verdictWords,
  head_split: splitWords,
  node_behind: (u) => (u.is_behind === true
    ? { text: `${text(u.node)} is behind: slot ${slotText(text(u.slot))}, others ${slotText(text(u.best_slot))}`, tone: "watch", runbook: "headmonnodebehind" }
    : { text: `${text(u.node)} has caught up`, tone: "good" }),
  stream_buffered: (u) => (u.is_buffered === true
    ? { text: `something holds the events of ${text(u.node)} back`, tone: "watch", runbook: "headmonnodebuffered" }
    : { text: `the events of ${text(u.node)} are no longer held back`, tone: "good" }),
  clock_skew: clockWords,
  node_status: statusWords,
  slot_time: (u) => plain(`slot time is known: ${secondsText(number(u.slot_duration_seconds))} slots, from ${spaced(u.source)}`),
  cycle_failed: (u) => ({ text: `no stream could be opened, ${number(u.consecutive_failed_cycles)} of ${number(u.limit)} times in a row`, tone: "bad", runbook: "headmonallnodesunreachable" }),
  service_ended: (u) => ({ text: `headmon's own ${text(u.service)} ended, ${spaced(u.reason)}${behind(u.detail)}`, tone: u.reason === "cancelled" || u.reason === "completed" ? "plain" : "watch", runbook: u.fatal === true ? "headmonservicedown" : null }),
  service_health: (u) => ({ text: `headmon's own ${text(u.service)} is ${spaced(u.health)}${behind(u.detail)}`, tone: u.health === "healthy" ? "good" : "watch" }),
  head_proven: (u) => plain(`head ${slotText(text(u.slot))} ${rootText(text(u.block))} is proven`),
  finalized: (u) => plain(`${text(u.node)} finalized epoch ${slotText(text(u.epoch))}`),
  node_block: (u) => plain(`${text(u.node)} imported block ${rootText(text(u.block))} of slot ${slotText(text(u.slot))}`),
  node_reorg: (u) => plain(`${text(u.node)} claims a reorg of ${text(u.depth)} at slot ${slotText(text(u.slot))}`),
  node_event: (u) => plain(`${text(u.node)} sent ${text(u.topic)}`),
};

/** The line of an update; nothing for one that says no news. A kind of a later headmon is told as it is. */
export function lineOf(id: string, update: Update, memory: Memory): Line | null {
  const kind = update.update;
  const words = (WRITERS[kind] ?? (() => plain(spaced(kind))))(update, memory);
  if (words === null) return null;
  const nodes = [text(update.node), ...(words.nodes ?? []), ...list(update.nodes)].filter((name) => name !== "");
  return { id, at: update.at, kind, nodes, text: words.text, tone: words.tone, runbook: words.runbook ?? null };
}
