// The last slots of one node as marks, each state with a form of its own so that colour is not needed.
import { memo } from "preact/compat";
import { CELL_WORDS, stripWords, type Cell } from "./cells";

const STEP = 6;
const HEIGHT = 20;

/** The mark of a cell with its left edge at `x`. */
const MARKS: Record<Cell, (x: number) => string> = {
  on_time: (x) => `M${x} 20V10h4.4V20z`,
  late: (x) => `M${x} 20V1h4.4V20z`,
  missed: (x) => `M${x + 0.5} 19.5v-4h3.4v4z`,
  not_reported: (x) => `M${x} 4l4.4 7M${x + 4.4} 4l-4.4 7`,
  other_block: (x) => `M${x + 2.2} 4l2.4 5l-2.4 5l-2.4 -5z`,
  unknown: (x) => `M${x + 2.2} 12v4M${x + 2.2} 18v1.6`,
  not_watched: (x) => `M${x} 19h4.4`,
  pending: (x) => `M${x + 1.6} 19h1.2`,
  none: () => "",
};

/** A slot keeps its place while the view moves over it: a new slot changes few of a strip's paths. */
let origin: number | null = null;

const path = (cells: Cell[], cell: Cell, left: number): string => cells.map((one, i) => (one === cell ? MARKS[cell](left + i * STEP + 0.8) : "")).join("");

export const Strip = memo(function Strip({ cells, first, label }: { cells: Cell[]; first: number; label: string }) {
  origin ??= first;
  const left = (first - origin) * STEP;
  const width = Math.max(cells.length, 1) * STEP;
  return (
    <svg class="strip" viewBox={`${left} 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="img" aria-label={label} data-cells={cells.join(" ")}>
      {(Object.keys(CELL_WORDS) as (keyof typeof CELL_WORDS)[]).map((cell) => <path key={cell} class={`cell-${cell}`} d={path(cells, cell, left)} />)}
    </svg>
  );
});

export function StripKey() {
  return (
    <ul class="key" aria-label="Marks of the strips">
      {(Object.entries(CELL_WORDS) as [Cell, string][]).map(([cell, words]) => (
        <li key={cell}><svg width={STEP} height={HEIGHT} viewBox={`0 0 ${STEP} ${HEIGHT}`} aria-hidden="true"><path class={`cell-${cell}`} d={MARKS[cell](0.8)} /></svg> {words}</li>
      ))}
    </ul>
  );
}

export { stripWords };
