import { useRef, useState } from "preact/hooks";
import { memo } from "preact/compat";
import type { Node, Reorg, Snapshot } from "../api";
import { shownSlots, strips, type Cell } from "../cells";
import { issuesOf, splitAge, type Problem } from "../problems";
import { Strip, StripKey, stripWords } from "../strip";
import { DASH, countText, explorerUrl, namesText, rootText, secondsText, slotText, timeText, type Zone } from "../text";

interface NowProps {
  snapshot: Snapshot;
  problems: Problem[];
  sentence: string;
  now: number;
  zone: Zone;
}

export function Now({ snapshot, problems, sentence, now, zone }: NowProps) {
  return (
    <>
      <section aria-labelledby="sentence" class={`lead ${problems[0]?.severity ?? "good"}`}>
        <h2 id="sentence" data-sentence>{sentence}</h2>
        {problems.length > 0 && <Problems problems={problems} />}
      </section>
      <Nodes snapshot={snapshot} zone={zone} />
      <Splits snapshot={snapshot} now={now} />
      <Reorgs reorgs={snapshot.chain.reorgs} zone={zone} />
    </>
  );
}

export const RunbookLink = ({ section }: { section: string | null }) =>
  section === null ? null : <a href={`#/runbook/${section}`}>Runbook</a>;

function Problems({ problems }: { problems: Problem[] }) {
  return (
    <ol class="problems">
      {problems.map((problem, i) => (
        <li key={problem.id} class={problem.severity} data-problem={problem.id}>
          {/* The first is the sentence itself. */}
          {i > 0 && <><strong>{problem.text}</strong>{" "}</>}{upper(problem.advice)} <RunbookLink section={problem.runbook} />
        </li>
      ))}
    </ol>
  );
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const COLUMNS = ["Node", "Health", "Client", "Head", "Delay", "Lag", "Disconnects", "Last 64 slots"];

function Nodes({ snapshot, zone }: { snapshot: Snapshot; zone: Zone }) {
  const { nodes, slots, best_node: best, about } = snapshot;
  const shown = useRef<Map<string, Cell[]>>(new Map());
  shown.current = strips(slots, nodes.map((node) => node.node), shown.current);
  const cells = shown.current;
  const first = shownSlots(slots)[0] ?? 0;
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <section aria-labelledby="nodes-title">
      <h2 id="nodes-title">Nodes</h2>
      <p class="faint">{best.node === undefined ? "No node is the best one now." : <>Best node: <strong data-best-node>{best.node}</strong>, since {timeText(best.since ?? "", zone)}.</>}</p>
      <div class="scroll" role="group" aria-labelledby="nodes-title" tabIndex={0}>
        {/* The roles are said again, as a narrow screen shows rows as blocks, which are no table to a browser. */}
        <table class="nodes" role="table">
          <thead role="rowgroup"><tr role="row">{COLUMNS.map((column) => <th key={column} scope="col" role="columnheader">{column}</th>)}</tr></thead>
          <tbody role="rowgroup">
            {nodes.map((node) => (
              <NodeRow key={node.node} node={node} cells={cells.get(node.node) ?? []} isBest={best.node === node.node} explorer={about.block_explorer}
                first={first} isOpen={opened === node.node} onToggle={setOpened} zone={zone} />
            ))}
          </tbody>
        </table>
      </div>
      <StripKey />
    </section>
  );
}

interface NodeRowProps {
  node: Node;
  cells: Cell[];
  /** The slot of the first cell. */
  first: number;
  isBest: boolean;
  isOpen: boolean;
  explorer: string | null;
  onToggle(node: string | null): void;
  zone: Zone;
}

const NodeRow = memo(function NodeRow({ node, cells, first, isBest, isOpen, explorer, onToggle, zone }: NodeRowProps) {
  const { head } = node;
  const issues = issuesOf(node).map(({ issue }) => issue.replaceAll("_", " "));
  return (
    <>
      <tr role="row" class={node.health} data-node={node.node} data-health={node.health} data-issues={node.issues.join()} data-slot={head?.slot ?? ""}
        data-block={head?.block ?? ""} data-delay={head?.delay_seconds ?? ""} data-lag={head?.lag_seconds ?? ""} data-disconnects={node.disconnects}>
        <th scope="row" role="rowheader">
          <button type="button" class="name" aria-expanded={isOpen} onClick={() => onToggle(isOpen ? null : node.node)}>{node.node}</button>
          {isBest && <span class="best">best</span>}
        </th>
        <td role="cell" data-label="Health"><span class={`health ${node.health}`}>{node.health}</span>{issues.length > 0 && <span class="issues">{issues.join(", ")}</span>}</td>
        <td role="cell" data-label="Client">{clientText(node.version)}</td>
        <td role="cell" data-label="Head">{head === null ? DASH : <><BlockLink explorer={explorer} slot={head.slot} block={head.block} /> <code title={head.block}>{rootText(head.block)}</code></>}</td>
        <td role="cell" data-label="Delay" class={head?.is_late === true ? "late" : ""}>{secondsText(head?.delay_seconds)}{head?.is_late === true ? " late" : ""}</td>
        <td role="cell" data-label="Lag">{secondsText(head?.lag_seconds)}</td>
        <td role="cell" data-label="Disconnects">{countText(node.disconnects)}</td>
        <td role="cell" data-label="Last 64 slots"><Strip cells={cells} first={first} label={`Last 64 slots of ${node.node}: ${stripWords(cells)}`} /></td>
      </tr>
      {isOpen && <tr role="row" class="details"><td role="cell" colSpan={COLUMNS.length}><Details node={node} cells={cells} zone={zone} /></td></tr>}
    </>
  );
});

/** "Lighthouse/v8.0.1-ced49dd/x86_64-linux": name and version are enough for a row. */
function clientText(version: string): string {
  const [name = "", number = ""] = version.split("/");
  return version === "" ? DASH : `${name} ${number.split("-")[0]}`.trim();
}

export function BlockLink({ explorer, slot, block }: { explorer: string | null; slot: string; block: string | null }) {
  const url = explorerUrl(explorer, slot, block);
  return url === null ? <>{slotText(slot)}</> : <a href={url} rel="noreferrer noopener" target="_blank">{slotText(slot)}</a>;
}

/** What the breaker's states mean for the node: docs/updates.md. */
const REST_WORDS: Record<string, string> = {
  closed: "is asked", open: "left alone, as it failed", half_open: "tried again", retry_after: "has asked to be left alone",
};

function Details({ node, cells, zone }: { node: Node; cells: Cell[]; zone: Zone }) {
  const rows: [string, string][] = [
    ["Stream", `${node.state}, topics ${node.topic_set}`],
    ["Last byte", node.last_byte === null ? DASH : timeText(node.last_byte, zone, true)],
    ["Last head", node.last_head === null ? DASH : timeText(node.last_head, zone, true)],
    ["Last end of its stream", node.last_end === null ? DASH : node.last_end.replaceAll("_", " ")],
    ["Disconnects in a row", countText(node.consecutive_disconnects)],
    ["Network", `${node.network === "" ? DASH : node.network} (${node.network_check})`],
    ["Client", node.version === "" ? DASH : node.version],
    ["REST", `${REST_WORDS[node.rest_breaker] ?? node.rest_breaker}${node.sync_distance === null ? "" : `; ${countText(node.sync_distance)} ${node.sync_distance === 1 ? "slot" : "slots"} behind by its own word`}`],
    ["Last 64 slots", stripWords(cells)],
  ];
  return (
    <>
      {issuesOf(node).map(({ issue, words }) => (
        <p key={issue} class={words.severity === "unusable" ? "bad" : "watch"}><strong>It {words.meaning}.</strong> {upper(words.advice)}. <RunbookLink section={words.runbook} /></p>
      ))}
      <dl class="facts">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </>
  );
}

function Splits({ snapshot, now }: { snapshot: Snapshot; now: number }) {
  const { split } = snapshot.chain;
  return (
    <section aria-labelledby="splits-title" data-branches={split?.branches.length ?? 0}>
      <h2 id="splits-title">Split</h2>
      {split === null ? <p class="faint">All nodes are on one line of blocks.</p> : (
        <>
          <p>Nodes follow {split.branches.length} branches{splitAge(snapshot, now) === "" ? "" : `, for ${splitAge(snapshot, now)}`}. <RunbookLink section="headmonsplit" /></p>
          <ul class="branches">
            {split.branches.map((branch) => (
              <li key={branch.head}><strong>{namesText(branch.nodes, 8)}</strong><br />
                head <BlockLink explorer={snapshot.about.block_explorer} slot={branch.slot} block={branch.head} /> <code title={branch.head}>{rootText(branch.head)}</code></li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Reorgs({ reorgs, zone }: { reorgs: Reorg[]; zone: Zone }) {
  return (
    <section aria-labelledby="reorgs-title" data-reorgs={reorgs.length}>
      <h2 id="reorgs-title">Reorgs</h2>
      {reorgs.length === 0 ? <p class="faint">None since this headmon started.</p> : (
        <ul class="plain">
          {reorgs.slice(0, 10).map((reorg) => (
            <li key={reorg.old_head + reorg.new_head}>
              <time dateTime={reorg.at}>{timeText(reorg.at, zone, true)}</time>{" "}
              {reorg.is_depth_exact ? "" : "at least "}{reorg.depth} {reorg.depth === 1 ? "block" : "blocks"} dropped, {reorg.certainty}{" "}
              <code title={reorg.old_head}>{rootText(reorg.old_head)}</code> → <code title={reorg.new_head}>{rootText(reorg.new_head)}</code>
              {reorg.reported_by === null ? "" : `, by ${reorg.reported_by}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
