// What one node did in one slot, for its strip.
import type { Slot, SlotReport } from "./api";
import { SLOTS } from "./store";

export type Cell =
  | "on_time" | "late" | "missed" | "not_reported" | "not_watched" | "other_block" | "unknown" | "pending" | "none";

/** In the order in which they are listed; `none` has no mark: headmon knows nothing of that slot. */
export const CELL_WORDS: Record<Exclude<Cell, "none">, string> = {
  on_time: "on time",
  late: "late",
  missed: "missed by the chain",
  not_reported: "not reported",
  other_block: "another block",
  unknown: "unknown",
  not_watched: "not watched",
  pending: "not judged yet",
};

/** What `node` did in `slot`; nothing follows from what nobody saw. */
export function cellOf(slot: Slot | undefined, node: string): Cell {
  return slot === undefined ? "none" : judge(slot, node, slot.reports.filter((one) => one.node === node));
}

function judge(slot: Slot, node: string, reports: SlotReport[]): Cell {
  const { verdict } = slot;
  if (verdict === null) {
    const first = reports[0];
    return first === undefined || first.is_late === null ? "pending" : first.is_late ? "late" : "on_time";
  }
  const report = reports.find((one) => one.block === verdict.block);
  if (report !== undefined) return report.is_late === null ? "unknown" : report.is_late ? "late" : "on_time";
  if (reports.length > 0) return verdict.verdict === "unknown" ? "unknown" : "other_block";
  if (slot.not_watched === null) return "unknown";
  if (slot.not_watched.includes(node)) return "not_watched";
  if (verdict.verdict === "missed") return "missed";
  return verdict.block === null ? "unknown" : "not_reported";
}

/** Slots are replaced and never changed, so what follows from one is worked out once. */
const known = new WeakMap<Slot, Map<string, Cell>>();

function cellsOf(slot: Slot | undefined, nodes: string[]): Map<string, Cell> | null {
  if (slot === undefined) return null;
  const before = known.get(slot);
  if (before !== undefined && nodes.every((node) => before.has(node))) return before;
  const reports = new Map<string, SlotReport[]>();
  for (const report of slot.reports) reports.set(report.node, [...(reports.get(report.node) ?? []), report]);
  const cells = new Map(nodes.map((node) => [node, judge(slot, node, reports.get(node) ?? [])]));
  known.set(slot, cells);
  return cells;
}

/** The numbers of the last SLOTS slots, oldest first; below zero there are none, so that the newest is always at the same place. */
export function shownSlots(slots: Slot[]): number[] {
  const newest = Number(slots[0]?.slot ?? NaN);
  return Number.isNaN(newest) ? [] : Array.from({ length: SLOTS }, (_, i) => newest - SLOTS + 1 + i);
}

/** Every node's cells, in the order of `shownSlots`; those that are as in `before` are the same array. */
export function strips(slots: Slot[], nodes: string[], before?: Map<string, Cell[]>): Map<string, Cell[]> {
  const bySlot = new Map(slots.map((slot) => [Number(slot.slot), slot]));
  const columns = shownSlots(slots).map((number) => cellsOf(bySlot.get(number), nodes));
  return new Map(nodes.map((node) => {
    const cells = columns.map((column) => column?.get(node) ?? "none");
    const same = before?.get(node);
    return [node, same !== undefined && same.length === cells.length && same.every((cell, i) => cell === cells[i]) ? same : cells];
  }));
}

/** "60 on time, 2 late, 1 not reported": what a strip says in words. */
export function stripWords(cells: Cell[]): string {
  const counts = (Object.keys(CELL_WORDS) as (keyof typeof CELL_WORDS)[])
    .map((cell) => [cells.filter((one) => one === cell).length, CELL_WORDS[cell]] as const)
    .filter(([count]) => count > 0);
  return counts.length === 0 ? "no slots yet" : counts.map(([count, words]) => `${count} ${words}`).join(", ");
}
