// How far behind the first report a node was, over the slots that are shown.
import type { Slot, SlotReport } from "./api";

export interface Spread {
  /** Slots of which it reported a block in time, and those in which it was the first. */
  slots: number;
  firsts: number;
  least: number | null;
  q1: number | null;
  median: number | null;
  q3: number | null;
  p95: number | null;
  most: number | null;
}

/** Slots are replaced and never changed, so what follows from one is worked out once. */
const known = new WeakMap<Slot, Map<string, SlotReport>>();

/** Each node's first report of a slot: in a reorg a node reports several blocks, and the first counts. */
export function firstReports(slot: Slot): Map<string, SlotReport> {
  const before = known.get(slot);
  if (before !== undefined) return before;
  const reports = new Map<string, SlotReport>();
  for (const report of slot.reports) if (!reports.has(report.node)) reports.set(report.node, report);
  known.set(slot, reports);
  return reports;
}

/** The smallest value that so much of `sorted` does not exceed. */
const quantile = (sorted: number[], part: number): number | null => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;

export function spreadOf(slots: Slot[], node: string): Spread {
  const reports = slots.map((slot) => firstReports(slot).get(node)).filter((report) => report !== undefined);
  const lags = reports.map((report) => report.lag_seconds).sort((a, b) => a - b);
  return {
    slots: reports.length,
    firsts: reports.filter((report) => report.is_first).length,
    least: lags[0] ?? null,
    q1: quantile(lags, 0.25),
    median: quantile(lags, 0.5),
    q3: quantile(lags, 0.75),
    p95: quantile(lags, 0.95),
    most: lags.at(-1) ?? null,
  };
}
