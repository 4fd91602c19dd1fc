import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { Slot, Snapshot } from "../api";
import { shownSlots } from "../cells";
import { Legend, Mark, Plot } from "../plot";
import { firstReports, spreadOf, type Spread } from "../spread";
import { useSlow } from "../shell";
import { DASH, countText, exactText, rootText, secondsText, slotText } from "../text";
import { BlockLink } from "./now";

/** How often the plot is drawn anew while reports come in; of many nodes it is dear. */
const drawnMs = (nodes: number): number => (nodes > 20 ? 2000 : 500);
/** And the table of 64 slots, which one more changes little. */
const FIGURES_MS = 3000;

export function Arrivals({ snapshot: newest }: { snapshot: Snapshot }) {
  const snapshot = useSlow(newest, drawnMs(newest.nodes.length));
  const { slots } = snapshot;
  const names = snapshot.nodes.map((node) => node.node);
  const numbers = shownSlots(slots).filter((slot) => slot >= 0);
  const [chosen, setChosen] = useState<number | null>(null);
  const last = numbers.at(-1);
  // The newest slot, unless another one was chosen that is still there.
  const place = chosen !== null && numbers.includes(chosen) ? chosen : (last ?? null);
  const data = useMemo(() => plotData(slots, numbers, names), [slots, names.join()]);
  const deadline = slots.find((slot) => slot.verdict?.deadline_seconds != null)?.verdict?.deadline_seconds ?? null;
  if (last === undefined || place === null) return <><h2>Arrivals</h2><p class="faint">No head has been reported in time yet.</p></>;
  const first = numbers[0] ?? last;
  const slot = slots.find((one) => one.slot === String(place));
  return (
    <>
      <section aria-labelledby="arrivals-title">
        <h2 id="arrivals-title">Arrivals</h2>
        <p class="faint">When each node reported the head of each slot, from the slot's start. Dashed: the attestation deadline{deadline === null ? ", which is not known yet" : `, ${exactText(deadline)}`}.</p>
        <Plot label={`Arrivals of heads, slots ${first} to ${last}; the figures of each slot are below`} data={data} names={names} height={320}
          x={{ kind: "slot", range: [first - 0.5, last + 0.5] }} y={{ label: "s into the slot" }} deadline={deadline} place={place}
          onPlace={(i) => setChosen(numbers[i] ?? null)} />
        <label class="scrub">Slot <output>{slotText(place)}</output>
          <input type="range" min={first} max={last} step={1} value={place} aria-valuetext={valueText(slot, place)}
            onInput={(event) => setChosen(Number(event.currentTarget.value))} />
        </label>
        {place !== last && <button type="button" class="quiet" onClick={() => setChosen(null)}>Follow the newest slot</button>}
        <Legend names={names} />
      </section>
      <Figures slot={slot} place={place} names={names} explorer={snapshot.about.block_explorer} />
      <Firsts slots={slots} names={names} />
    </>
  );
}

/** A node's first report in each slot; several blocks of one slot are a reorg. */
function plotData(slots: Slot[], numbers: number[], names: string[]): uPlot.AlignedData {
  const bySlot = new Map(slots.map((slot) => [Number(slot.slot), firstReports(slot)]));
  return [numbers, ...names.map((name) => numbers.map((number) => bySlot.get(number)?.get(name)?.delay_seconds ?? null))];
}

const valueText = (slot: Slot | undefined, place: number): string =>
  slot === undefined || slot.reports.length === 0
    ? `slot ${place}: no reports`
    : `slot ${place}: ${slot.reports.map((report) => `${report.node} ${exactText(report.delay_seconds)}${report.is_late === true ? " late" : ""}`).join(", ")}`;

function Figures({ slot, place, names, explorer }: { slot: Slot | undefined; place: number; names: string[]; explorer: string | null }) {
  const verdict = slot?.verdict;
  return (
    <section aria-labelledby="slot-title" data-figures={place}>
      <h2 id="slot-title">Slot <BlockLink explorer={explorer} slot={String(place)} block={verdict?.block ?? slot?.reports[0]?.block ?? null} /></h2>
      <p class="faint">{verdict == null ? "Not judged yet." : `Judged ${verdict.verdict.replaceAll("_", " ")}${verdict.block === null ? "" : `; block ${rootText(verdict.block)}`}.`}</p>
      {slot === undefined || slot.reports.length === 0 ? <p>No node reported a head of this slot in time.</p> : (
        <div class="scroll" role="group" aria-labelledby="slot-title" tabIndex={0}>
          <table class="list">
            <thead><tr><th scope="col">Node</th><th scope="col">Delay</th><th scope="col">Behind the first</th><th scope="col">Block</th></tr></thead>
            <tbody>
              {slot.reports.map((report, i) => (
                // A row stays where it is from slot to slot, and so does its mark.
                <tr key={i} data-report={report.node} data-delay={report.delay_seconds}>
                  <th scope="row"><Mark i={Math.max(names.indexOf(report.node), 0)} /> {report.node}</th>
                  <td class={report.is_late === true ? "late" : ""}>{exactText(report.delay_seconds)}{report.is_late === true ? " late" : ""}</td>
                  <td>{report.is_first ? "first" : exactText(report.lag_seconds)}</td>
                  <td><code title={report.block}>{rootText(report.block)}</code></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Firsts({ slots: newest, names }: { slots: Slot[]; names: string[] }) {
  const slots = useSlow(newest, FIGURES_MS);
  const spreads = useMemo(() => names.map((name) => spreadOf(slots, name)), [slots, names.join()]);
  const longest = Math.max(...spreads.map((spread) => spread.most ?? 0), 0.001);
  return (
    <section aria-labelledby="firsts-title">
      <h2 id="firsts-title">Who was first, and how far behind the others were</h2>
      <p class="faint">Of the last 64 slots. Bar: from the least lag to the most; thick: the middle half; line: the median.</p>
      <div class="scroll" role="group" aria-labelledby="firsts-title" tabIndex={0}>
        <table class="list">
          <thead><tr><th scope="col">Node</th><th scope="col">First in</th><th scope="col">Median lag</th><th scope="col">95 %</th><th scope="col">Most</th><th scope="col">Lags</th></tr></thead>
          <tbody>
            {names.map((name, i) => {
              const spread = spreads[i]!;
              return (
                <tr key={name}>
                  <th scope="row"><Mark i={i} /> {name}</th>
                  <td>{spread.slots === 0 ? DASH : `${countText(spread.firsts)} of ${countText(spread.slots)}`}</td>
                  <td>{secondsText(spread.median)}</td><td>{secondsText(spread.p95)}</td><td>{secondsText(spread.most)}</td>
                  <td><LagBar spread={spread} longest={longest} i={i} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** On a scale that shows a millisecond and a second both. */
function LagBar({ spread, longest }: { spread: Spread; longest: number; i: number }) {
  if (spread.least === null || spread.most === null) return <>{DASH}</>;
  const at = (seconds: number | null): number => 200 * Math.log1p((seconds ?? 0) * 1000) / Math.log1p(longest * 1000);
  const [least, q1, median, q3, most] = [spread.least, spread.q1, spread.median, spread.q3, spread.most].map(at) as [number, number, number, number, number];
  return (
    <svg class="lag-bar" viewBox="-2 0 206 14" width="206" height="14" aria-hidden="true">
      <rect x={least} y={6} width={Math.max(most - least, 1)} height={2} /><rect x={q1} y={3} width={Math.max(q3 - q1, 1)} height={8} /><rect class="median" x={median - 1} y={0} width={2} height={14} />
    </svg>
  );
}
