import { useEffect, useRef, useState } from "preact/hooks";
import { memo } from "preact/compat";
import type { Snapshot, Update } from "../api";
import { KINDS, Memory, lineOf, type Line } from "../events-words";
import { follow } from "../stream";
import { timeText, type Zone } from "../text";
import { RunbookLink } from "./now";

/** Lines that are kept, and updates that headmon is asked for at first. */
const LINES_MAX = 1000;
const FIRST = 1000;

interface Log {
  /** Newest first. */
  lines: Line[];
  isOpen: boolean;
  /** What the server said of events that were lost. */
  lost: string | null;
}

const shownAtFirst = new Set(KINDS.filter(([, isShown]) => isShown).map(([kind]) => kind));

export function Events({ snapshot, zone }: { snapshot: Snapshot; zone: Zone }) {
  const [kinds, setKinds] = useState<Set<string>>(shownAtFirst);
  const [node, setNode] = useState("");
  const [isPaused, setPaused] = useState(false);
  const log = useLog([...kinds].sort().join());
  const held = useRef<Line[]>([]);
  if (!isPaused) held.current = log.lines;
  const lines = held.current.filter((line) => kinds.has(line.kind) && (node === "" || line.nodes.includes(node)));
  const toggle = (kind: string) => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    setKinds(next);
  };
  return (
    <section aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      <p class="faint">What headmon learns, as it happens, the newest first. {log.isOpen ? "" : "The connection is being opened."}</p>
      <div class="filters">
        <label>Node <select value={node} onChange={(event) => setNode(event.currentTarget.value)}>
          <option value="">all</option>
          {snapshot.nodes.map((one) => <option key={one.node} value={one.node}>{one.node}</option>)}
        </select></label>
        <button type="button" class="quiet" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>{isPaused ? "Go on" : "Pause"}</button>
        <details>
          <summary>Kinds</summary>
          <fieldset><legend class="unseen">Kinds of events</legend>
            {KINDS.map(([kind]) => <label key={kind}><input type="checkbox" checked={kinds.has(kind)} onChange={() => toggle(kind)} /> {kind.replaceAll("_", " ")}</label>)}
          </fieldset>
        </details>
      </div>
      {log.lost !== null && <p class="note watch" role="status">{log.lost}: the list has a hole.</p>}
      {lines.length === 0 ? <p class="faint">Nothing yet of what is chosen.</p> : (
        <div class="log" role="log" aria-live="off" aria-labelledby="events-title" tabIndex={0}>
          <ol>{lines.map((line) => <LogLine key={line.id} line={line} zone={zone} />)}</ol>
        </div>
      )}
    </section>
  );
}

const LogLine = memo(function LogLine({ line, zone }: { line: Line; zone: Zone }) {
  return (
    <li class={line.tone} data-kind={line.kind}>
      <time dateTime={line.at}>{timeText(line.at, zone)}</time> <span class="kind">{line.kind.replaceAll("_", " ")}</span>{" "}
      <span>{line.text}</span> <RunbookLink section={line.runbook} />
    </li>
  );
});

/** The stream of updates while the view is shown; of these kinds (comma-separated) the newest lines. */
function useLog(kinds: string): Log {
  const [log, setLog] = useState<Log>({ lines: [], isOpen: false, lost: null });
  useEffect(() => {
    const stop = new AbortController();
    const memory = new Memory();
    let current: Log = { lines: [], isOpen: false, lost: null };
    let timer: ReturnType<typeof setTimeout> | null = null;
    const change = (next: Partial<Log>) => {
      current = { ...current, ...next };
      timer ??= setTimeout(() => { timer = null; setLog(current); }, 200);
    };
    setLog(current);
    if (kinds === "") return;
    void follow(`/v1/events?last=${FIRST}&kinds=${kinds}`, {
      event(_, data, id) {
        const line = lineOf(id, JSON.parse(data) as Update, memory);
        if (line !== null) change({ lines: [line, ...current.lines].slice(0, LINES_MAX) });
      },
      lost(comment) { change({ lost: comment }); },
      state(isOpen) { change({ isOpen }); },
    }, stop.signal);
    return () => {
      stop.abort();
      if (timer !== null) clearTimeout(timer);
    };
  }, [kinds]);
  return log;
}
