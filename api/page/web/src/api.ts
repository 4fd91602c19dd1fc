// What the API sends, as docs/openapi.yaml has it: the members that the page reads.

export type Health = "good" | "degraded" | "unusable";

export interface HeadReport {
  slot: string;
  block: string;
  state: string;
  payload_status: string | null;
  execution_optimistic: boolean;
  version: string | null;
  source: string;
  timeliness: string;
  is_first: boolean;
  is_late: boolean | null;
  delay_seconds: number | null;
  lag_seconds: number | null;
}

export interface Node {
  node: string;
  state: "connecting" | "waiting" | "open" | "ended";
  version: string;
  last_byte: string | null;
  last_head: string | null;
  disconnects: number;
  consecutive_disconnects: number;
  last_end: string | null;
  network_check: string;
  network: string;
  topic_set: string;
  rest_breaker: string;
  sync_distance: number | null;
  is_syncing: boolean | null;
  health: Health;
  issues: string[];
  head: HeadReport | null;
}

export interface SlotReport {
  node: string;
  block: string;
  delay_seconds: number;
  lag_seconds: number;
  is_first: boolean;
  is_late: boolean | null;
}

export interface Verdict {
  slot: string;
  verdict: "on_time" | "late" | "missed" | "optimistic" | "unknown";
  first_reported_by: string | null;
  block: string | null;
  delay_seconds: number | null;
  deadline_seconds: number | null;
}

export interface Slot {
  slot: string;
  verdict: Verdict | null;
  reports: SlotReport[];
  /** Nodes whose stream was not open throughout; null while nobody can say. */
  not_watched: string[] | null;
}

export interface BestHead {
  node: string;
  slot: string;
  block: string;
  since: string | null;
}

export interface Rank {
  node: string;
  health: Health;
  is_usable: boolean;
  slots: number;
  first_slots: number;
  mean_lag_seconds: number | null;
}

/** The choice, or the body of a 503, which has no `node`. */
export interface BestNode {
  node?: string;
  since?: string;
  reason?: string;
  reasons?: string[];
  nodes: Rank[];
}

export interface Split {
  since?: string;
  since_monotonic_seconds: number;
  at_monotonic_seconds?: number;
  branches: { head: string; slot: string; nodes: string[] }[];
}

export interface Reorg {
  at: string;
  old_head: string;
  new_head: string;
  depth: number;
  is_depth_exact: boolean;
  certainty: "unconfirmed" | "confirmed" | "refuted";
  reported_by: string | null;
}

export interface ClockSkew {
  level: "none" | "skewed" | "verdicts_suspended";
  offset_seconds: number | null;
  uncertainty_seconds: number | null;
}

export interface SlotTime {
  genesis: string;
  slot_duration_seconds: number;
}

export interface Chain {
  is_running: boolean;
  is_stopped: boolean;
  consecutive_failed_cycles: number;
  merged: BestHead | null;
  best: BestHead | null;
  split: Split | null;
  clock: ClockSkew | null;
  slot_time: SlotTime | null;
  reorgs: Reorg[];
}

export interface Service {
  service: string;
  health: string;
  detail: string;
  is_down: boolean;
}

export interface About {
  version: string;
  started: string;
  has_history: boolean;
  /** With `{slot}` or `{root}` in it. */
  block_explorer: string | null;
}

export interface Snapshot {
  nodes: Node[];
  slots: Slot[];
  best_node: BestNode;
  chain: Chain;
  services: Service[];
  about: About;
}

/** Any update of docs/updates.md. */
export interface Update {
  update: string;
  at: string;
  node?: string | null;
  [member: string]: unknown;
}

export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface NodeSummary {
  node: string;
  judgement: "keep" | "watch" | "throw_out" | "unknown";
  reason: string;
  heads: number;
  delay_seconds: Percentiles;
  lag_seconds: Percentiles;
  first: number;
  on_time: number;
  late: number;
  slots_followed: number;
  slots_not_reported: number;
  disconnects: Record<string, number>;
  followed_seconds: number;
  stream_open_seconds: number;
}

export interface Summary {
  from: string;
  to: string;
  watched_seconds: number;
  not_watched: { from: string; until: string; reason: string; dropped_updates: number }[];
  slots: Record<string, number>;
  advice: string;
  nodes: NodeSummary[];
}

export interface NodePlots {
  node: string;
  arrivals_us: (number | null)[];
  lags_within: number[];
  lags: number;
  heads_by_part: number[];
  firsts_by_part: number[];
  down_from_ms: number[];
  down_until_ms: number[];
}

export interface Plots {
  from_ms: number;
  to_ms: number;
  genesis_ms: number;
  slot_ms: number;
  deadline_ms: number | null;
  arrivals: number;
  parts: number;
  lag_edges_ms: number[];
  gaps_from_ms: number[];
  gaps_until_ms: number[];
  nodes: NodePlots[];
}
