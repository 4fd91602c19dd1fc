// The page in a real browser, on the real program over simulated nodes: node browser_test.mjs [--screenshots DIR]
// Wants HEADMON, and Chromium; ends with 77 where there is none. Each state is looked at light and dark, wide and narrow.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program, free_port, until } from "./program.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const HEADMON = process.env.HEADMON ?? "headmon";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(CHROMIUM) || !existsSync(join(here, "node_modules/playwright-core"))) {
  console.log("skipped: there is no Chromium, or npm has not brought playwright-core");
  process.exit(77);
}
const { chromium } = await import("playwright-core");
const AXE = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");
const place = process.argv.indexOf("--screenshots");
const shots = place < 0 ? null : process.argv[place + 1];
if (shots !== null) mkdirSync(shots, { recursive: true });

const LOOKS = [["light", 1280], ["dark", 1280], ["light", 390], ["dark", 390]];
/** Of a browser that speaks to nobody but us. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const directory = mkdtempSync(join(tmpdir(), "headmon-page-"));
const programs = [];
const start = (args) => {
  const program = new Program(HEADMON, args);
  programs.push(program);
  return program;
};

class Watched {
  /** What the page said and asked for that it should not have. */
  faults = [];
  isServerGone = false;

  constructor(page, origin) {
    this.page = page;
    page.on("console", (message) => {
      // That a request was refused while the server is gone is the browser's own line.
      if (["error", "warning"].includes(message.type()) && !this.isServerGone) this.faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.faults.push(`error: ${error.message}`));
    page.on("request", (request) => {
      const { origin: to, protocol } = new URL(request.url());
      if (to !== origin && protocol !== "data:") this.faults.push(`request to ${request.url()}`);
    });
  }
}

const json = async (origin, path) => (await fetch(origin + path)).json();

/** What the table of nodes shows. */
const shown_nodes = (page) => page.$$eval("tr[data-node]", (rows) => rows.map((row) => {
  const strip = row.querySelector("svg.strip");
  const { node, health, issues, slot, block, delay, lag, disconnects } = row.dataset;
  return { node, health, issues, slot, block, delay, lag, disconnects, cells: strip.dataset.cells.split(" ") };
}));

const text = (value) => (value === null || value === undefined ? "" : String(value));
const said_nodes = ({ nodes }) => nodes.map(({ node, health, issues, head, disconnects }) => ({
  node, health, issues: issues.join(), slot: text(head?.slot), block: text(head?.block), delay: text(head?.delay_seconds), lag: text(head?.lag_seconds), disconnects: text(disconnects),
}));

/** The cell that /v1/slots gives a node in a slot that is judged: written again here, from docs/page.md. */
function said_cell(slot, node) {
  const reports = slot.reports.filter((report) => report.node === node);
  const right = reports.find((report) => report.block === slot.verdict.block);
  if (right) return right.is_late === null ? "unknown" : right.is_late ? "late" : "on_time";
  if (reports.length > 0) return slot.verdict.verdict === "unknown" ? "unknown" : "other_block";
  if (slot.not_watched === null) return "unknown";
  if (slot.not_watched.includes(node)) return "not_watched";
  return slot.verdict.verdict === "missed" ? "missed" : slot.verdict.block === null ? "unknown" : "not_reported";
}

/** Holds the page against /v1/nodes and /v1/slots, at a moment in which neither moves. */
async function compare(page, origin) {
  await until(async () => {
    const [nodes, slots] = await Promise.all([json(origin, "/v1/nodes"), json(origin, "/v1/slots")]);
    const shown = await shown_nodes(page);
    const [nodes_after, slots_after] = await Promise.all([json(origin, "/v1/nodes"), json(origin, "/v1/slots")]);
    const has_moved = JSON.stringify([said_nodes(nodes), slots]) !== JSON.stringify([said_nodes(nodes_after), slots_after]);
    if (has_moved) return false;
    const same_nodes = JSON.stringify(shown.map(({ cells, ...rest }) => rest)) === JSON.stringify(said_nodes(nodes));
    const newest = Number(slots.slots[0]?.slot);
    const same_cells = shown.every(({ node, cells }) => slots.slots.filter((slot) => slot.verdict !== null).every((slot) =>
      cells[63 - (newest - Number(slot.slot))] === said_cell(slot, node)));
    return same_nodes && same_cells;
  }, "the page to show what /v1/nodes and /v1/slots say", 10_000);
}

async function axe(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`), [], `axe finds something in ${name}`);
}

/** Each look of what is shown: nothing beyond its edge, nothing that axe finds, and a picture where they are asked for. */
async function look(page, name) {
  for (const [scheme, width] of LOOKS) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(beyond, 0, `${name} is wider than ${width}`);
    if (shots !== null) await page.screenshot({ path: join(shots, `${name}-${scheme}-${width}.png`), fullPage: !name.startsWith("runbook") });
    if (scheme === "light" || width === 390) await axe(page, `${name} ${scheme} ${width}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

const sentence = (page) => page.textContent("[data-sentence]");
const row = (name, what) => `tr[data-node="${name}"]${what}`;
const passed = (name) => console.log(`ok: ${name}`);

async function watch_faults(page, origin) {
  await page.waitForFunction(() => document.querySelector("[data-sentence]")?.textContent.startsWith("All 4 nodes agree"), null, { timeout: 20_000 });
  await compare(page, origin);
  await look(page, "now-good");
  passed("all is well");

  await page.waitForSelector(row("spare", '[data-health="unusable"]'), { timeout: 20_000 });
  assert.match(await sentence(page), /^spare has no event stream/);
  await compare(page, origin);
  await look(page, "now-down");
  passed("a node is down");

  await page.waitForSelector(row("spare", '[data-health="good"]'), { timeout: 20_000 });
  passed("and back");
  await page.waitForSelector('section[data-branches="2"]', { timeout: 20_000 });
  await page.waitForFunction(() => /Nodes follow 2 branches/.test(document.querySelector("main").textContent));
  await compare(page, origin);
  await look(page, "now-split");
  passed("a split");

  await page.waitForSelector('section[data-branches="0"]', { timeout: 20_000 });
  await page.waitForSelector('section[data-reorgs]:not([data-reorgs="0"])', { timeout: 20_000 });
  await compare(page, origin);
  await look(page, "now-reorg");
  passed("a reorg");

  await page.waitForSelector(row("liar", '[data-issues*="unproven"]'), { timeout: 20_000 });
  await compare(page, origin);
  await look(page, "now-unproven");
  passed("an unproven node");
  await page.waitForFunction(() => [...document.querySelectorAll("svg.strip")].some((strip) => /missed/.test(strip.dataset.cells)) &&
    [...document.querySelectorAll("svg.strip")].some((strip) => / late/.test(strip.dataset.cells)), null, { timeout: 30_000 });
  await compare(page, origin);
  await look(page, "now-late-missed");
  passed("late and missed slots");

  await page.click(row("liar", " button.name"));
  await page.waitForSelector("tr.details");
  await look(page, "now-details");
  passed("facts of a node");
}

async function watch_views(page) {
  await page.click('nav a[href="#/arrivals"]');
  await page.waitForSelector(".uplot canvas");
  await page.focus('input[type="range"]');
  const before = await page.inputValue('input[type="range"]');
  for (let i = 0; i < 3; ++i) await page.keyboard.press("ArrowLeft");
  const chosen = await page.inputValue('input[type="range"]');
  assert.ok(Number(chosen) < Number(before), "the left arrow goes back");
  const figures = await page.$$eval("[data-figures] [data-report]", (rows) => rows.map((one) => `${one.dataset.report} ${one.dataset.delay}`));
  assert.match(await page.getAttribute('input[type="range"]', "aria-valuetext"), new RegExp(`slot ${chosen}`));
  assert.ok(figures.length > 0, "the figures of that slot are there");
  await look(page, "arrivals");
  await page.hover(".u-over", { position: { x: 150, y: 60 } });
  await page.waitForFunction((value) => document.querySelector('input[type="range"]').value !== value, chosen);
  passed("arrivals");

  await page.click('nav a[href="#/events"]');
  await page.waitForSelector('.log li[data-kind="reorg"]');
  await page.waitForSelector('.log li[data-kind="stream_ended"] a[href="#/runbook/headmonstreamdown"]');
  await look(page, "events");
  await page.selectOption(".filters select", "spare");
  const texts = await page.$$eval(".log li", (lines) => lines.map((line) => line.textContent));
  assert.ok(texts.length > 0 && texts.every((line) => line.includes("spare") || line.includes("run begins") || line.includes("split")), `only lines about spare: ${texts.join("|")}`);
  await page.click('.log a[href="#/runbook/headmonstreamdown"]');
  await page.waitForFunction(() => document.activeElement?.id === "headmonstreamdown");
  await look(page, "runbook");
  passed("events, and the runbook from there");

  await page.click('nav a[href="#/history"]');
  await page.waitForSelector('[data-summary="spare"]');
  await look(page, "history-today");
  passed("today's history");
}

/** Every moment in the history becomes one of a day before. */
function move_a_day(file) {
  execFileSync("python3", ["-c", `
import sqlite3, sys
day = 86_400_000_000
base = sqlite3.connect(sys.argv[1])
base.execute("pragma foreign_keys = off")
for (table,) in base.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").fetchall():
    for column in [row[1] for row in base.execute(f"pragma table_info({table})")]:
        base.execute(f"update {table} set {column} = {column} - ? where typeof({column}) = 'integer' and {column} > 1000000000000000", (day,))
base.commit()
`, file]);
}

async function lose_and_find(page, watched, headmon, again) {
  await page.click('nav a[href="#/now"]');
  watched.isServerGone = true;
  assert.equal(await headmon.end(), 0);
  await page.waitForSelector('main.old[data-connection="lost"]', { timeout: 10_000 });
  assert.match(await page.textContent(".note.bad"), /connection to headmon is lost.*is old/s);
  await look(page, "now-lost");
  passed("the connection is lost");

  await again();
  await page.waitForSelector('main[data-connection="open"]', { timeout: 30_000 });
  await page.waitForFunction(() => document.querySelectorAll("tr[data-node]").length === 4 && document.querySelector(".note.bad") === null, null, { timeout: 20_000 });
  watched.isServerGone = false;
  passed("and found");
}

async function watch_yesterday(page, origin) {
  await page.click('nav a[href="#/history"]');
  await page.waitForSelector('input[type="date"]');
  await page.click("text=Day before");
  await page.waitForSelector('[data-summary="liar"]');
  await page.waitForSelector(".uplot canvas");
  const from = await page.getAttribute("[data-history]", "data-history");
  const to = new Date(Date.parse(from) + 86_400_000).toISOString();
  const summary = await json(origin, `/v1/history/summary?from=${from}&to=${to}`);
  const shown = await page.$$eval("[data-summary]", (rows) => rows.map((one) => one.dataset.summary));
  assert.deepEqual(shown, summary.nodes.map((node) => node.node));
  assert.ok(summary.nodes.every((node) => node.heads > 0), "yesterday has heads of every node");
  assert.match(await page.textContent("main"), /not kept/, "what was not watched is told");
  await look(page, "history-yesterday");
  for (const format of ["csv", "ndjson"]) {
    const path = await page.getAttribute(`a[href*="format=${format}"]`, "href");
    const body = await (await fetch(origin + path)).text();
    assert.ok(body.split("\n").length > 20, `an export as ${format} has rows`);
  }
  passed("yesterday's history");
}

async function test() {
  const simulator = start(["simulate", "--scenario", join(here, "network.toml")]);
  await simulator.wait_for(/headmon watch/);
  const nodes = [...simulator.lines.matchAll(/^(\S+) (http:\/\/127\.0\.0\.1:\d+)$/gm)].flatMap(([, name, url]) => ["--beacon-node", `${name}=${url}`]);
  const origin = `http://127.0.0.1:${await free_port()}`;
  const history = join(directory, "history.db");
  const run = () => {
    const program = start(["run", ...nodes, "--api-address", origin.slice("http://".length), "--metrics-address", "off", "--history", history]);
    return program.wait_for(/API/i).then(() => program);
  };
  const headmon = await run();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, timezoneId: "Europe/Helsinki" });
    const watched = new Watched(page, origin);
    const answer = await page.goto(`${origin}/`);
    assert.match(answer.headers()["content-security-policy"], /default-src 'none'/);
    await watch_faults(page, origin);
    await watch_views(page);
    await lose_and_find(page, watched, headmon, () => {
      move_a_day(history);
      return run();
    });
    await watch_yesterday(page, origin);
    assert.deepEqual(watched.faults, []);
    passed("nothing in the console, no request to elsewhere");
  } finally {
    await browser.close();
  }
}

try {
  await test();
} catch (error) {
  console.error(error);
  for (const program of programs) console.error(program.lines.split("\n").slice(-20).join("\n"));
  process.exitCode = 1;
} finally {
  for (const program of programs.reverse()) await program.end();
  rmSync(directory, { recursive: true, force: true });
}
