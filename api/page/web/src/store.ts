// What /v1/state has sent, folded: the one state that all views show.
import type { BestNode, Chain, Node, Service, Slot, Snapshot } from "./api";
import { follow } from "./stream";

/** Slots that are shown, as many as the API keeps. */
export const SLOTS = 64;

export interface Connection {
  /** Before the first answer there is nothing to be old. */
  state: "connecting" | "open" | "lost";
  /** When the last event came, by this browser's clock. */
  heardAt: number | null;
}

export interface State {
  snapshot: Snapshot | null;
  connection: Connection;
}

export const initialState: State = { snapshot: null, connection: { state: "connecting", heardAt: null } };

/** The state behind an event. Anything that is not known is ignored. */
export function apply(state: State, kind: string, data: unknown, now: number): State {
  const connection: Connection = { state: "open", heardAt: now };
  if (kind === "snapshot") return { snapshot: data as Snapshot, connection };
  const { snapshot } = state;
  if (snapshot === null) return state;
  const next = applyPart(snapshot, kind, data);
  return { snapshot: next, connection };
}

function applyPart(snapshot: Snapshot, kind: string, data: unknown): Snapshot {
  switch (kind) {
    case "node": return { ...snapshot, nodes: replaceNode(snapshot.nodes, data as Node) };
    case "slot": return { ...snapshot, slots: replaceSlot(snapshot.slots, data as Slot) };
    case "best_node": return { ...snapshot, best_node: data as BestNode };
    case "chain": return { ...snapshot, chain: data as Chain };
    case "services": return { ...snapshot, services: (data as { services: Service[] }).services };
    default: return snapshot;
  }
}

function replaceNode(nodes: Node[], node: Node): Node[] {
  const place = nodes.findIndex((one) => one.node === node.node);
  return place < 0 ? [...nodes, node] : nodes.with(place, node);
}

/** Newest first, as the API has them. */
function replaceSlot(slots: Slot[], slot: Slot): Slot[] {
  const number = Number(slot.slot);
  const place = slots.findIndex((one) => Number(one.slot) <= number);
  if (place < 0) return [...slots, slot].slice(0, SLOTS);
  return slots[place]?.slot === slot.slot ? slots.with(place, slot) : slots.toSpliced(place, 0, slot).slice(0, SLOTS);
}

/** Follows /v1/state and tells `listener` what is to be shown, at most every `intervalMs`. */
export function followState(listener: (state: State) => void, stop: AbortSignal, intervalMs = 400): void {
  let state = initialState;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const changed = () => {
    timer ??= setTimeout(() => { timer = null; listener(state); }, intervalMs);
  };
  void follow("/v1/state", {
    event(kind, data) {
      state = apply(state, kind, JSON.parse(data), Date.now());
      changed();
    },
    lost() { /* A snapshot follows. */ },
    state(isOpen) {
      const { heardAt } = state.connection;
      state = { ...state, connection: { state: isOpen ? "open" : heardAt === null ? "connecting" : "lost", heardAt } };
      changed();
    },
  }, stop);
}
