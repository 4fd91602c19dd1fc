"use strict";
// Draws the plots of a report with uPlot, from the numbers in the page. Without uPlot the tables are all there is.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (typeof uPlot === "undefined") return;

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const color = (i) => css("--n" + (i % 8));
  const dash = (i) => (i < 8 ? [] : [6, 3]);
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
  const time_text = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC";
  const slot_text = (seconds) => data.slot_ms > 0 && seconds * 1000 >= data.genesis_ms
    ? ", slot " + Math.floor((seconds * 1000 - data.genesis_ms) / data.slot_ms) : "";
  const axis = (more) => ({ stroke: css("--faint"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, ...more });
  // UTC: hours and minutes, and the date where a day begins.
  const clock_text = (_plot, splits, _axis, _space, step) => splits.map((seconds) => {
    const text = new Date(seconds * 1000).toISOString();
    return step >= 86400 || text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
  });
  const time_axis = () => axis({ values: clock_text });
  const short_name = (name) => (name.length > 12 ? name.slice(0, 11) + "…" : name);
  const percent = (value) => (value == null ? "–" : value.toFixed(1) + " %");
  const milliseconds = (value) => (value == null ? "–" : Math.round(value) + " ms");
  // The middle of each of `count` equal parts of the window, in seconds.
  const middles = (count) => Array.from({ length: count }, (_, i) => (data.from_ms + (data.to_ms - data.from_ms) * (i + 0.5) / count) / 1000);
  const window_range = () => [data.from_ms / 1000, data.to_ms / 1000];
  const series = (make) => data.nodes.map((node, i) => ({ label: node.node, stroke: color(i), width: 2, dash: dash(i), ...make(node, i) }));

  const shade_gaps = (plot) => {
    plot.ctx.save();
    plot.ctx.fillStyle = css("--gap");
    plot.ctx.globalAlpha = 0.5;
    data.gaps_from_ms.forEach((from, i) => {
      const left = plot.valToPos(Math.max(from, data.from_ms) / 1000, "x", true);
      const right = plot.valToPos(Math.min(data.gaps_until_ms[i], data.to_ms) / 1000, "x", true);
      plot.ctx.fillRect(left, plot.bbox.top, Math.max(right - left, 1), plot.bbox.height);
    });
    plot.ctx.restore();
  };

  const base = (element, height, more) => ({
    width: Math.max(element.clientWidth - 10, 200), height, tzDate: utc, ms: 1e-3, ...more,
    hooks: { drawClear: [shade_gaps], ...(more.hooks || {}) },
  });
  const time_label = { label: "time", value: (_, seconds) => (seconds == null ? "–" : time_text(seconds) + slot_text(seconds)) };

  // The deadline is always in sight.
  const with_deadline = (_plot, min, max) => {
    const values = [min, max, data.deadline_ms].filter((value) => value != null);
    return values.length === 0 ? [0, 1] : uPlot.rangeNum(Math.min(...values), Math.max(...values), 0.05, true);
  };

  const draw_deadline = (plot) => {
    if (data.deadline_ms == null) return;
    const y = plot.valToPos(data.deadline_ms, "y", true);
    if (y < plot.bbox.top || y > plot.bbox.top + plot.bbox.height) return;
    const ctx = plot.ctx;
    ctx.save();
    ctx.strokeStyle = css("--bad");
    ctx.setLineDash([6, 6]);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(plot.bbox.left, y);
    ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
    ctx.stroke();
    ctx.restore();
  };

  const arrivals = (element) => new uPlot(base(element, 320, {
    scales: { x: { time: true, range: window_range }, y: { range: with_deadline } },
    axes: [time_axis(), axis({ label: "delay (ms)", size: 58 })],
    series: [time_label, ...series((_, i) => ({
      width: 0, paths: () => null, points: { show: true, size: 4, stroke: color(i), fill: color(i) },
      value: (_plot, value) => milliseconds(value),
    }))],
    hooks: { draw: [draw_deadline] },
  }), [middles(data.arrivals), ...data.nodes.map((node) => node.arrivals_us.map((us) => (us == null ? null : us / 1000)))], element);

  const lags = (element) => new uPlot({
    ...base(element, 280, {
      scales: { x: { time: false, distr: 3 }, y: { range: [0, 100] } },
      axes: [axis({ label: "lag (ms)" }), axis({ label: "heads within (%)", size: 58 })],
      series: [{ label: "lag", value: (_, value) => (value == null ? "–" : "≤ " + value + " ms") }, ...series((_, i) => ({
        points: { show: true, size: 5, fill: color(i) }, value: (_plot, value) => percent(value),
      }))],
    }),
    hooks: {},
  }, [data.lag_edges_ms, ...data.nodes.map((node) => node.lags_within.map((count) => (node.lags === 0 ? null : 100 * count / node.lags)))], element);

  const firsts = (element) => new uPlot(base(element, 260, {
    scales: { x: { time: true, range: window_range }, y: { range: [0, 100] } },
    axes: [time_axis(), axis({ label: "first (%)", size: 58 })],
    series: [time_label, ...series((_, i) => ({ points: { show: true, size: 5, fill: color(i) }, value: (_plot, value) => percent(value) }))],
  }), [middles(data.parts), ...data.nodes.map((node) => node.heads_by_part.map((heads, i) => (heads === 0 ? null : 100 * node.firsts_by_part[i] / heads)))], element);

  const downtime = (element) => {
    const count = data.nodes.length;
    const draw = (plot) => {
      const ctx = plot.ctx;
      ctx.save();
      ctx.fillStyle = css("--bad");
      data.nodes.forEach((node, i) => {
        const top = plot.valToPos(count - 1 - i + 0.3, "y", true);
        const bottom = plot.valToPos(count - 1 - i - 0.3, "y", true);
        node.down_from_ms.forEach((from, k) => {
          const left = plot.valToPos(from / 1000, "x", true);
          const right = plot.valToPos(node.down_until_ms[k] / 1000, "x", true);
          ctx.fillRect(left, top, Math.max(right - left, devicePixelRatio), bottom - top);
        });
      });
      ctx.restore();
    };
    return new uPlot(base(element, 70 + 34 * count, {
      legend: { show: false }, cursor: { y: false, points: { show: false } },
      scales: { x: { time: true, range: window_range }, y: { range: [-0.5, count - 0.5] } },
      axes: [time_axis(), axis({
        size: 100, grid: { show: false }, splits: () => data.nodes.map((_, i) => count - 1 - i),
        values: (_, splits) => splits.map((place) => short_name(data.nodes[count - 1 - place].node)),
      })],
      series: [{}, { stroke: "transparent", points: { show: false } }],
      hooks: { draw: [draw] },
    }), [window_range(), [null, null]], element);
  };

  const plots = [["arrivals", arrivals], ["lags", lags], ["firsts", firsts], ["downtime", downtime]];
  let drawn = [];
  let width = 0;
  const draw_all = () => {
    width = document.documentElement.clientWidth;
    drawn.forEach((plot) => plot.destroy());
    drawn = plots.map(([id, make]) => make(document.getElementById(id)));
  };
  dark.addEventListener("change", draw_all);
  addEventListener("resize", () => { if (document.documentElement.clientWidth !== width) draw_all(); });
  draw_all();
})();
