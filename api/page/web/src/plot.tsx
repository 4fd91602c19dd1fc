// uPlot in the page: nodes as series with a colour and a form of their own, times, gaps and the deadline.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useLook } from "./shell";
import type { Zone } from "./text";
import { timeText } from "./text";

/** Colours of the style sheet, `--n0` to `--n7`; with as many forms no two of 56 nodes look alike. */
const COLORS = 8;
const FORMS = 7;

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const colorOf = (i: number): string => css(`--n${i % COLORS}`);

type Form = (path: Path2D, x: number, y: number, r: number) => void;

const polygon = (corners: [number, number][]): Form => (path, x, y, r) => {
  corners.forEach(([dx, dy], i) => { if (i === 0) path.moveTo(x + dx * r, y + dy * r); else path.lineTo(x + dx * r, y + dy * r); });
  path.closePath();
};

const FORM_OF: Form[] = [
  (path, x, y, r) => { path.moveTo(x + r, y); path.arc(x, y, r, 0, 2 * Math.PI); },
  polygon([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]),
  polygon([[0, -1.15], [1.1, 0.85], [-1.1, 0.85]]),
  polygon([[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]]),
  polygon([[0, 1.15], [1.1, -0.85], [-1.1, -0.85]]),
  polygon([[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]]),
  polygon([[-1.3, -0.6], [1.3, -0.6], [1.3, 0.6], [-1.3, 0.6]]),
];

const formOf = (i: number): Form => FORM_OF[i % FORMS] ?? FORM_OF[0]!;

/** The mark of series `i`, for legends and tables. */
export function Mark({ i }: { i: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = useLook();
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const path = new Path2D();
    formOf(i)(path, 14, 14, 8);
    context.clearRect(0, 0, 28, 28);
    context.fillStyle = colorOf(i);
    context.fill(path);
  }, [i, look]);
  return <canvas ref={canvas} class="plot-mark" width={28} height={28} aria-hidden="true" />;
}

/** Draws each value as its node's mark: uPlot's own points are all circles. */
const drawMarks = (radius: number) => (plot: uPlot): void => {
  const { ctx } = plot;
  const [min = 0, max = 0] = [plot.scales.x?.min, plot.scales.x?.max].map((value) => value ?? 0);
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  const xs = plot.data[0];
  for (let i = 1; i < plot.data.length; ++i) {
    if (plot.series[i]?.show === false) continue;
    const values = plot.data[i] ?? [];
    const path = new Path2D();
    for (let k = 0; k < xs.length; ++k) {
      const value = values[k];
      const x = xs[k];
      if (value === null || value === undefined || x === undefined || x < min || x > max) continue;
      formOf(i - 1)(path, plot.valToPos(x, "x", true), plot.valToPos(value, "y", true), radius * devicePixelRatio);
    }
    ctx.fillStyle = colorOf(i - 1);
    ctx.fill(path);
  }
  ctx.restore();
};

const drawLine = (y: number | null, color: string) => (plot: uPlot): void => {
  if (y === null) return;
  const at = plot.valToPos(y, "y", true);
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = css(color);
  ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, at);
  ctx.lineTo(bbox.left + bbox.width, at);
  ctx.stroke();
  ctx.restore();
};

export interface Shade {
  from: number;
  until: number;
}

const drawShades = (shades: Shade[]) => (plot: uPlot): void => {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = css("--gap");
  ctx.globalAlpha = 0.5;
  for (const { from, until } of shades) {
    const left = plot.valToPos(from, "x", true);
    ctx.fillRect(left, bbox.top, Math.max(plot.valToPos(until, "x", true) - left, devicePixelRatio), bbox.height);
  }
  ctx.restore();
};

/** A vertical line at the place that is looked at. */
const drawPlace = (place: () => number | null) => (plot: uPlot): void => {
  const x = place();
  if (x === null) return;
  const at = Math.round(plot.valToPos(x, "x", true));
  plot.ctx.save();
  plot.ctx.fillStyle = css("--faint");
  plot.ctx.fillRect(at, plot.bbox.top, Math.max(1, Math.round(devicePixelRatio)), plot.bbox.height);
  plot.ctx.restore();
};

export interface PlotProps {
  /** Of the picture, for those who do not see it. */
  label: string;
  data: uPlot.AlignedData;
  names: string[];
  height: number;
  /** Marks alone, or lines with them. */
  lines?: boolean;
  x: { kind: "slot" | "time" | "log"; label?: string; range?: [number, number]; zone?: Zone };
  y: { label: string; range?: [number, number] };
  /** A dashed line, always in sight. */
  deadline?: number | null;
  shades?: Shade[];
  place?: number | null;
  onPlace?: (index: number) => void;
  onZoom?: (from: number, until: number) => void;
}

const axis = (more: uPlot.Axis): uPlot.Axis => ({
  stroke: css("--faint"), font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
  grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, ...more,
});

function xAxis(x: PlotProps["x"]): uPlot.Axis {
  const label = x.label === undefined ? {} : { label: x.label };
  if (x.kind === "slot") return axis({ ...label, incrs: [1, 2, 4, 8, 16, 32], values: (_, splits) => splits.map((slot) => (Number.isInteger(slot) ? String(slot) : "")), space: 70 });
  if (x.kind === "log") return axis(label);
  const zone = x.zone ?? "UTC";
  return axis({
    ...label,
    values: (_, splits, __, ___, step) => splits.map((at) => {
      const text = timeText(at * 1000, zone, true);
      return step >= 86_400 || text.endsWith("00:00:00") ? text.slice(5, 10) : step < 60 ? text.slice(11) : text.slice(11, 16);
    }),
  });
}

/** Nothing, or the values with the deadline among them. */
const withLine = (line: number | null | undefined): uPlot.Range.Function => (_, min, max) => {
  const values = [min, max, line].filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  return values.length === 0 ? [0, 1] : uPlot.rangeNum(Math.min(0, ...values), Math.max(...values), 0.08, true);
};

function options(props: PlotProps, width: number, current: { place: number | null; onPlace: PlotProps["onPlace"]; onZoom: PlotProps["onZoom"] }): uPlot.Options {
  const { x, y, names } = props;
  const marksOnly = props.lines !== true;
  return {
    width, height: props.height, ms: 1e-3, legend: { show: false },
    ...(x.zone === "UTC" ? { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC") } : {}),
    cursor: { y: false, points: { show: false }, drag: { x: props.onZoom !== undefined, y: false, setScale: false } },
    scales: {
      x: { time: x.kind === "time", ...(x.kind === "log" ? { distr: 3 as const } : {}), ...(x.range === undefined ? {} : { range: () => props.x.range as uPlot.Range.MinMax }) },
      y: { range: y.range === undefined ? withLine(props.deadline) : () => y.range as uPlot.Range.MinMax },
    },
    axes: [xAxis(x), axis({ label: y.label, size: 54 })],
    series: [{}, ...names.map((name, i) => ({
      label: name, stroke: colorOf(i), width: 1.5, dash: i < COLORS ? [] : [6, 3], points: { show: false },
      ...(marksOnly ? { paths: () => null } : {}),
    }))],
    hooks: {
      drawClear: [drawShades(props.shades ?? [])],
      draw: [drawLine(props.deadline ?? null, "--bad"), drawMarks(marksOnly ? 3.2 : 2.6), drawPlace(() => current.place)],
      setCursor: [(plot) => { if (plot.cursor.idx !== null && plot.cursor.idx !== undefined && (plot.cursor.left ?? -1) >= 0) current.onPlace?.(plot.cursor.idx); }],
      setSelect: [(plot) => {
        if (plot.select.width < 5) return;
        current.onZoom?.(plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x"));
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
    },
  };
}

/** A plot that takes new data as it comes, and is made anew when what it looks like changes. */
export function Plot(props: PlotProps) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const current = useRef({ place: props.place ?? null, onPlace: props.onPlace, onZoom: props.onZoom });
  Object.assign(current.current, { place: props.place ?? null, onPlace: props.onPlace, onZoom: props.onZoom });
  const look = useLook();
  const form = JSON.stringify([props.names, props.height, props.x.kind, props.x.range, props.x.zone, props.y, props.deadline, props.shades, props.lines]);
  useEffect(() => {
    const place = element.current;
    if (place === null) return;
    plot.current = new uPlot(options(props, Math.max(place.clientWidth, 200), current.current), props.data, place);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [look, form]);
  useEffect(() => { plot.current?.setData(props.data); }, [props.data]);
  useEffect(() => { plot.current?.redraw(false); }, [props.place]);
  return <div class="plot" role="img" aria-label={props.label} ref={element} />;
}

export function Legend({ names }: { names: string[] }) {
  return <ul class="key">{names.map((name, i) => <li key={name}><Mark i={i} /> {name}</li>)}</ul>;
}
