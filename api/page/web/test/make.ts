// Made-up answers of the API, good unless something else is said.
import type { Chain, Node, Slot, SlotReport, Snapshot, Verdict } from "../src/api";

export const block = (number: number): string => `0x${number.toString(16).padStart(64, "0")}`;

export const node = (name: string, more: Partial<Node> = {}): Node => ({
  node: name, state: "open", version: "Lighthouse/v8.0.1", last_byte: null, last_head: null, disconnects: 0, consecutive_disconnects: 0, last_end: null,
  network_check: "match", network: "mainnet", topic_set: "head_v2_full", rest_breaker: "closed", sync_distance: 0, is_syncing: false, health: "good", issues: [],
  head: {
    slot: "10", block: block(10), state: block(110), payload_status: null, execution_optimistic: false, version: "fulu", source: "stream", timeliness: "live",
    is_first: false, is_late: false, delay_seconds: 0.5, lag_seconds: 0.09,
  },
  ...more,
});

export const report = (name: string, more: Partial<SlotReport> = {}): SlotReport => ({
  node: name, block: block(10), delay_seconds: 0.41, lag_seconds: 0, is_first: false, is_late: false, ...more,
});

export const verdict = (word: Verdict["verdict"], more: Partial<Verdict> = {}): Verdict => ({
  slot: "10", verdict: word, first_reported_by: null, block: word === "missed" || word === "unknown" ? null : block(10), delay_seconds: null, deadline_seconds: 4, ...more,
});

export const slot = (number: number, more: Partial<Slot> = {}): Slot => ({ slot: String(number), verdict: null, reports: [], not_watched: null, ...more });

export const chain = (more: Partial<Chain> = {}): Chain => ({
  is_running: true, is_stopped: false, consecutive_failed_cycles: 0, merged: null,
  best: { node: "home", slot: "10", block: block(10), since: null }, split: null, clock: null, slot_time: null, reorgs: [], ...more,
});

export const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  nodes: [node("home"), node("spare")],
  slots: [slot(10, { reports: [report("home", { is_first: true }), report("spare", { lag_seconds: 0.09 })] })],
  best_node: { node: "home", nodes: [] }, chain: chain(), services: [],
  about: { version: "1", started: "2026-01-01T00:00:00Z", has_history: false, block_explorer: null }, ...more,
});
