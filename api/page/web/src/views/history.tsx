import { useEffect, useMemo, useState } from "preact/hooks";
import type { NodePlots, NodeSummary, Plots, Snapshot, Summary } from "../api";
import { Legend, Mark, Plot, type Shade } from "../plot";
import { DASH, ageText, countText, secondsText, timeText, type Zone } from "../text";

interface Window {
  /** Milliseconds since 1970. */
  from: number;
  to: number;
}

const DAY = 86_400_000;
/** Zoomed in further, the parts of a plot are shorter than any slot. */
const WINDOW_MIN = 60_000;

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** The day of `at` as an input of type date has it. */
const dayOf = (at: number, zone: Zone): string => {
  const date = new Date(at);
  return zone === "UTC" ? date.toISOString().slice(0, 10) : `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
};

/** The whole day, which in local time has 23 or 25 hours twice a year. */
function windowOf(day: string, zone: Zone): Window | null {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined || Number.isNaN(year + month + date)) return null;
  const start = (more: number) => (zone === "UTC" ? Date.UTC(year, month - 1, date + more) : new Date(year, month - 1, date + more).getTime());
  return { from: start(0), to: start(1) };
}

type Answer = { summary: Summary; plots: Plots } | { error: string } | null;

export function History({ snapshot, zone }: { snapshot: Snapshot; zone: Zone }) {
  const [day, setDay] = useState(() => dayOf(Date.now(), zone));
  const [zooms, setZooms] = useState<Window[]>([]);
  const [turn, setTurn] = useState(0);
  useEffect(() => setZooms([]), [day, zone]);
  const whole = windowOf(day, zone);
  const window = zooms.at(-1) ?? whole;
  const answer = useAnswer(window, turn);
  if (!snapshot.about.has_history) return <><h2>History</h2><p>No history is kept. <code>--history FILE</code>, or <code>path</code> in <code>[history]</code>, begins one.</p></>;
  const step = (days: number) => {
    if (whole !== null) setDay(dayOf((whole.from + whole.to) / 2 + days * DAY, zone));
  };
  return (
    <>
      <section aria-labelledby="history-title">
        <h2 id="history-title">History</h2>
        <div class="filters">
          <button type="button" class="quiet" onClick={() => step(-1)}>Day before</button>
          <label>Day <input type="date" value={day} max={dayOf(Date.now(), zone)} onChange={(event) => setDay(event.currentTarget.value)} /></label>
          <button type="button" class="quiet" onClick={() => step(1)} disabled={day >= dayOf(Date.now(), zone)}>Day after</button>
          <button type="button" class="quiet" onClick={() => setTurn(turn + 1)}>Read again</button>
          {zooms.length > 0 && <button type="button" class="quiet" onClick={() => setZooms(zooms.slice(0, -1))}>Zoom out</button>}
        </div>
        {window !== null && <p class="faint">{timeText(window.from, zone, true)} to {timeText(window.to, zone, true)}{zone === "UTC" ? " UTC" : ""}. Drag over a plot to zoom in.</p>}
      </section>
      {answer === null && <p class="faint" role="status">Reading…</p>}
      {answer !== null && "error" in answer && <p class="note bad" role="alert">The history cannot be read: {answer.error}</p>}
      {answer !== null && "summary" in answer && window !== null && (
        <Day answer={answer} zone={zone} onZoom={(from, until) => {
          if (until - from >= WINDOW_MIN) setZooms([...zooms, { from, to: until }]);
        }} />
      )}
      {window !== null && <Export window={window} />}
    </>
  );
}

async function readJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const answer = await fetch(path, { signal, cache: "no-store" });
  const body = (await answer.json()) as T & { message?: string };
  if (!answer.ok) throw new Error(body.message ?? `status ${answer.status}`);
  return body;
}

const range = (window: Window): string =>
  `from=${encodeURIComponent(new Date(window.from).toISOString())}&to=${encodeURIComponent(new Date(Math.min(window.to, Date.now())).toISOString())}`;

function useAnswer(window: Window | null, turn: number): Answer {
  const [answer, setAnswer] = useState<Answer>(null);
  useEffect(() => {
    setAnswer(null);
    if (window === null) return;
    const stop = new AbortController();
    Promise.all([
      readJson<Summary>(`/v1/history/summary?${range(window)}`, stop.signal),
      readJson<Plots>(`/v1/history/plots?${range(window)}`, stop.signal),
    ]).then(([summary, plots]) => setAnswer({ summary, plots }), (error: unknown) => {
      if (!stop.signal.aborted) setAnswer({ error: error instanceof Error ? error.message : String(error) });
    });
    return () => stop.abort();
  }, [window?.from, window?.to, turn]);
  return answer;
}

function Day({ answer, zone, onZoom }: { answer: { summary: Summary; plots: Plots }; zone: Zone; onZoom(from: number, until: number): void }) {
  const { summary, plots } = answer;
  return (
    <>
      <section aria-labelledby="summary-title" data-history={summary.from}>
        <h2 id="summary-title">Summary</h2>
        <p class="advice">{summary.advice}</p>
        <p class="faint">{ageText(summary.watched_seconds)} watched. Slots: {Object.entries(summary.slots).map(([verdict, count]) => `${countText(count)} ${verdict.replaceAll("_", " ")}`).join(", ")}.</p>
        <SummaryTable nodes={summary.nodes} />
        <Gaps summary={summary} zone={zone} />
      </section>
      {plots.nodes.length > 0 && <DayPlots plots={plots} zone={zone} onZoom={onZoom} />}
    </>
  );
}

const share = (part: number, of: number): string => (of === 0 ? DASH : `${(100 * part / of).toFixed(1)} %`);

function SummaryTable({ nodes }: { nodes: NodeSummary[] }) {
  if (nodes.length === 0) return <p>No node was followed.</p>;
  return (
    <div class="scroll" role="group" aria-labelledby="summary-title" tabIndex={0}>
      <table class="list">
        <thead><tr>{["Node", "Keep it?", "Heads", "Delay 50 %", "95 %", "Lag 50 %", "95 %", "First", "On time", "Not reported", "Stream open", "Disconnects"].map((column, i) => <th key={i} scope="col">{column}</th>)}</tr></thead>
        <tbody>
          {nodes.map((node, i) => (
            <tr key={node.node} data-summary={node.node}>
              <th scope="row"><Mark i={i} /> {node.node}</th>
              <td class={node.judgement} title={node.reason}>{node.judgement.replaceAll("_", " ")}</td>
              <td>{countText(node.heads)}</td>
              <td>{secondsText(node.delay_seconds.p50)}</td><td>{secondsText(node.delay_seconds.p95)}</td>
              <td>{secondsText(node.lag_seconds.p50)}</td><td>{secondsText(node.lag_seconds.p95)}</td>
              <td>{share(node.first, node.heads)}</td>
              <td>{share(node.on_time, node.on_time + node.late)}</td>
              <td>{share(node.slots_not_reported, node.slots_followed)}</td>
              <td>{share(node.stream_open_seconds, node.followed_seconds)}</td>
              <td>{countText(Object.values(node.disconnects).reduce((sum, count) => sum + count, 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Gaps({ summary, zone }: { summary: Summary; zone: Zone }) {
  // What lies behind the end of a window that ends now is no gap to a reader.
  const gaps = summary.not_watched.filter((gap) => Date.parse(gap.until) - Date.parse(gap.from) >= 1000);
  if (gaps.length === 0) return null;
  return (
    <>
      <h3>Not watched</h3>
      <ul class="plain">
        {gaps.map((gap) => <li key={gap.from}>{timeText(gap.from, zone, true)} to {timeText(gap.until, zone, true)}: {gap.reason.replaceAll("_", " ")}{gap.dropped_updates > 0 ? `, ${countText(gap.dropped_updates)} updates lost` : ""}</li>)}
      </ul>
    </>
  );
}

/** The middle of each of `count` equal parts, in seconds. */
const middles = (plots: Plots, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (plots.from_ms + (plots.to_ms - plots.from_ms) * (i + 0.5) / count) / 1000);

function DayPlots({ plots, zone, onZoom }: { plots: Plots; zone: Zone; onZoom(from: number, until: number): void }) {
  const names = plots.nodes.map((node) => node.node);
  const range: [number, number] = [plots.from_ms / 1000, plots.to_ms / 1000];
  const shades: Shade[] = plots.gaps_from_ms.map((from, i) => ({ from: Math.max(from, plots.from_ms) / 1000, until: Math.min(plots.gaps_until_ms[i] ?? plots.to_ms, plots.to_ms) / 1000 }));
  const zoom = (from: number, until: number) => onZoom(from * 1000, until * 1000);
  const data = useMemo(() => {
    const of = (values: (node: NodePlots) => (number | null)[]) => plots.nodes.map(values);
    return {
      arrivals: [middles(plots, plots.arrivals), ...of((node) => node.arrivals_us.map((us) => (us === null ? null : us / 1e6)))] as [number[], ...(number | null)[][]],
      lags: [plots.lag_edges_ms, ...of((node) => node.lags_within.map((count) => (node.lags === 0 ? null : 100 * count / node.lags)))] as [number[], ...(number | null)[][]],
      firsts: [middles(plots, plots.parts), ...of((node) => node.heads_by_part.map((heads, i) => (heads === 0 ? null : 100 * (node.firsts_by_part[i] ?? 0) / heads)))] as [number[], ...(number | null)[][]],
    };
  }, [plots]);
  const x = { kind: "time" as const, range, zone };
  return (
    <section aria-labelledby="plots-title">
      <h2 id="plots-title">Arrivals</h2>
      <p class="faint">Median delay from the slot's start in {plots.arrivals} parts of the time. Dashed: the attestation deadline. Shaded: not watched.</p>
      <Plot label="Median delay of each node's heads over the time; the table above has the percentiles" data={data.arrivals} names={names} height={300} x={x} y={{ label: "s into the slot" }}
        deadline={plots.deadline_ms === null ? null : plots.deadline_ms / 1000} shades={shades} onZoom={zoom} />
      <Legend names={names} />
      <h3>Lag</h3>
      <p class="faint">Heads that came so soon behind the first report by any node.</p>
      <Plot label="Share of each node's heads within a lag; the table above has the percentiles" data={data.lags} names={names} height={240} lines x={{ kind: "log", label: "ms behind the first" }} y={{ label: "%", range: [0, 100] }} />
      <h3>First seen</h3>
      <p class="faint">Heads that the node reported before all others.</p>
      <Plot label="Share of heads of which each node was the first, over the time; the table above has the whole" data={data.firsts} names={names} height={220} lines x={x} y={{ label: "%", range: [0, 100] }} shades={shades} onZoom={zoom} />
      <h3>Down</h3>
      <Downtimes plots={plots} zone={zone} />
    </section>
  );
}

/** A bar for each node: where its stream was down, and where nobody watched. */
function Downtimes({ plots, zone }: { plots: Plots; zone: Zone }) {
  const at = (ms: number): number => 1000 * Math.min(Math.max((ms - plots.from_ms) / (plots.to_ms - plots.from_ms), 0), 1);
  const bars = (from: number[], until: number[]): string => from.map((start, i) => `M${at(start)} 0V10H${Math.max(at(until[i] ?? start), at(start) + 1)}V0z`).join("");
  return (
    <ul class="downs">
      {plots.nodes.map((node) => (
        <li key={node.node}>
          <span>{node.node}</span>
          <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label={downWords(node, zone)}>
            <path class="gap" d={bars(plots.gaps_from_ms, plots.gaps_until_ms)} /><path class="down" d={bars(node.down_from_ms, node.down_until_ms)} />
          </svg>
        </li>
      ))}
    </ul>
  );
}

function downWords(node: NodePlots, zone: Zone): string {
  const count = node.down_from_ms.length;
  if (count === 0) return `${node.node} was never down`;
  const total = node.down_from_ms.reduce((sum, from, i) => sum + (node.down_until_ms[i] ?? from) - from, 0) / 1000;
  return `${node.node} was down ${countText(count)} ${count === 1 ? "time" : "times"}, ${ageText(total)} in all, last at ${timeText(node.down_from_ms.at(-1) ?? 0, zone)}`;
}

const EXPORTS = ["slots", "heads", "streams", "reorgs", "health", "gaps"];

function Export({ window }: { window: Window }) {
  const [kind, setKind] = useState("slots");
  const link = (format: string) => `/v1/history/export?kind=${kind}&format=${format}&${range(window)}`;
  return (
    <section aria-labelledby="export-title">
      <h2 id="export-title">Export</h2>
      <div class="filters">
        <label>Rows of <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>{EXPORTS.map((one) => <option key={one}>{one}</option>)}</select></label>
        <a class="button" href={link("csv")} download={`headmon-${kind}.csv`}>CSV</a>
        <a class="button" href={link("ndjson")} download={`headmon-${kind}.ndjson`}>JSON lines</a>
        <a class="button" href={`/v1/history/summary?format=html&${range(window)}`} download="headmon-report.html">Report (html)</a>
      </div>
    </section>
  );
}
