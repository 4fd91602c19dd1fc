// Bundles the page into one script and one style sheet: node build.mjs [OUT_DIR]. The words of issues and the runbook come from
// docs/, so that the page says what they say.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { marked } from "marked";

const here = dirname(fileURLToPath(import.meta.url));
const docs = join(here, "../../../docs");

/** The rows of the table of issues: name, severity, meaning, advice. */
export function healthIssues(markdown) {
  const rows = [...markdown.matchAll(/^\| `(\w+)` \| (degraded|unusable) \| (.+?) \| (.+?) \|$/gm)];
  return Object.fromEntries(rows.map(([, issue, severity, meaning, advice]) => [issue, { severity, meaning, advice }]));
}

/** The runbook's sections as HTML. Links lead to files that the page does not have: their words alone are kept. */
export function runbookSections(markdown) {
  marked.use({ renderer: { link({ tokens }) { return this.parser.parseInline(tokens); } } });
  return markdown.split(/^## /m).slice(1).map((section) => {
    const [title, ...body] = section.split("\n");
    return { id: title.trim().toLowerCase(), title: title.trim(), html: marked.parse(body.join("\n")) };
  });
}

/** What the sources take from docs/, as constants of the bundle. */
export async function constants() {
  const [health, runbook] = await Promise.all(["health.md", "runbook.md"].map((name) => readFile(join(docs, name), "utf8")));
  return {
    HEALTH_ISSUES: JSON.stringify(healthIssues(health)),
    RUNBOOK_SECTIONS: JSON.stringify(runbookSections(runbook)),
  };
}

async function build(out) {
  await mkdir(out, { recursive: true });
  const common = { bundle: true, minify: true, target: ["es2023", "chrome111", "firefox115", "safari16.4"], legalComments: "inline", logLevel: "warning", absWorkingDir: here };
  await esbuild.build({
    ...common, entryPoints: ["src/main.tsx"], outfile: join(out, "page.js"), format: "esm",
    jsx: "automatic", jsxImportSource: "preact", define: await constants(),
  });
  await esbuild.build({ ...common, entryPoints: ["src/style.css"], outfile: join(out, "page.css") });
  await writeFile(join(out, "index.html"), await readFile(join(here, "index.html")));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(process.argv[2] ?? join(here, "../built"));
