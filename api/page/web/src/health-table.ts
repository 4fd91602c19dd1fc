// The table of docs/health.md and the runbook, which the build puts in: see build.mjs.

export interface IssueWords {
  severity: "degraded" | "unusable";
  /** Behind a node's name: "has no event stream". */
  meaning: string;
  advice: string;
  runbook: string | null;
}

declare const HEALTH_ISSUES: Record<string, Omit<IssueWords, "runbook">>;
declare const RUNBOOK_SECTIONS: { id: string; title: string; html: string }[];

/** The runbook's section for each issue of docs/health.md. */
export const RUNBOOK_OF: Record<string, string> = {
  no_stream: "headmonstreamdown",
  silent: "headmonnodesilent",
  stalled: "headmonnodestalled",
  wrong_network: "headmonwrongnetwork",
  unchecked_network: "headmonnetworkunchecked",
  network_disputed: "headmonnetworkdisputed",
  syncing: "headmonnodenotready",
  el_offline: "headmonnodenotready",
  optimistic: "headmonnodenotready",
  behind: "headmonnodebehind",
  lagging: "headmonnodelagging",
  buffered: "headmonnodebuffered",
  rest_down: "headmonrestdown",
  genesis_unknown: "headmonnodeunknown",
  spec_unknown: "headmonnodeunknown",
  version_unknown: "headmonnodeunknown",
  sync_unknown: "headmonnodeunknown",
  head_unknown: "headmonnodeunknown",
  header_unknown: "headmonnodeunknown",
  unproven: "headmonnodeunproven",
  head_old: "headmonnodeheadold",
  node_clock_off: "headmonnodeclockoff",
};

export const ISSUES: Record<string, IssueWords> = Object.fromEntries(
  Object.entries(HEALTH_ISSUES).map(([issue, words]) => [issue, { ...words, runbook: RUNBOOK_OF[issue] ?? null }]),
);

export const RUNBOOK = RUNBOOK_SECTIONS;
