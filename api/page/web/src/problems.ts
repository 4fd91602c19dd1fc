// What is wrong, the worst first, and the one sentence on top.
import { ISSUES, type IssueWords } from "./health-table";
import type { Node, Slot, Snapshot } from "./api";
import { ageText, exactText, namesText, secondsText, slotText } from "./text";

export interface Problem {
  /** Stays the same while it is the same problem. */
  id: string;
  severity: "bad" | "watch";
  text: string;
  advice: string;
  /** A section of the runbook. */
  runbook: string | null;
}

/** So old a head is a problem, in slots: as /readyz has it. */
const HEAD_AGE_MAX = 3;

/** The slot that `now` is in; null while nobody knows. */
export function clockSlot(snapshot: Snapshot, now: number): number | null {
  const time = snapshot.chain.slot_time;
  return time === null ? null : Math.floor((now - Date.parse(time.genesis)) / 1000 / time.slot_duration_seconds);
}

const words = (issue: string): IssueWords =>
  ISSUES[issue] ?? { severity: "degraded", meaning: issue, advice: "", runbook: null };

/** What is wrong with one node: its issues, the worst first. */
export function issuesOf(node: Node): { issue: string; words: IssueWords }[] {
  return node.issues
    .map((issue) => ({ issue, words: words(issue) }))
    .sort((a, b) => Number(b.words.severity === "unusable") - Number(a.words.severity === "unusable"));
}

function nodeProblems(nodes: Node[]): Problem[] {
  const byIssue = new Map<string, string[]>();
  for (const node of nodes) {
    // One line for each node: its worst issue stands for it.
    const worst = issuesOf(node)[0];
    if (worst !== undefined) byIssue.set(worst.issue, [...(byIssue.get(worst.issue) ?? []), node.node]);
  }
  return [...byIssue].map(([issue, names]) => {
    const { severity, meaning, advice, runbook } = words(issue);
    const who = names.length === 1 ? `${names[0]} ${meaning}` : `${names.length} of ${nodes.length} nodes (${namesText(names)}): each ${meaning}`;
    return { id: `${issue} ${names.join()}`, severity: severity === "unusable" ? "bad" : "watch", text: `${who}.`, advice: `${advice}.`, runbook };
  });
}

function chainProblems(snapshot: Snapshot, now: number): Problem[] {
  const { chain, nodes } = snapshot;
  const problems: Problem[] = [];
  const add = (id: string, severity: Problem["severity"], text: string, advice: string, runbook: string) =>
    problems.push({ id, severity, text, advice, runbook });
  if (chain.is_stopped) {
    add("stopped", "bad", "headmon's monitor is not running: nothing is known of any node.",
      "See its last log lines for why.", "headmongaveup");
    return problems;
  }
  if (nodes.length > 0 && chain.best !== null && nodes.every((node) => node.health === "unusable")) {
    add("no_usable_node", "bad", "No node can be used.", "Validators lose votes now: begin with the node that was best.", "headmonnosteadystream");
  }
  const slot = clockSlot(snapshot, now);
  const age = slot !== null && chain.best !== null ? slot - Number(chain.best.slot) : 0;
  // Our clock in doubt says nothing of the head's age.
  if (age > HEAD_AGE_MAX && (chain.clock === null || chain.clock.level === "none")) {
    add("head_old", "bad", `The newest head is ${age} slots old.`, "Either no node follows the chain, or the chain itself has a gap: compare with a block explorer.", "headmonheadold");
  }
  if (chain.clock !== null && chain.clock.level !== "none") {
    const off = chain.clock.offset_seconds;
    const by = off === null ? "" : ` by ${secondsText(Math.abs(off))} (${off < 0 ? "behind" : "ahead"})`;
    const suspended = chain.clock.level === "verdicts_suspended";
    add("clock", suspended ? "bad" : "watch", `This machine's clock is off${by}: ${suspended ? "no slot is judged" : "delays cannot be trusted"}.`,
      "Set it right, with chrony or systemd-timesyncd.", "headmonclockoff");
  }
  if (chain.split !== null && chain.split.branches.length > 1) {
    const groups = chain.split.branches.map((branch) => `${namesText(branch.nodes)} at slot ${slotText(branch.slot)}`);
    add("split", "bad", `Nodes follow ${chain.split.branches.length} branches: ${groups.join("; ")}.`,
      "Compare the heads with a block explorer, and take validators off the branch that it does not have.", "headmonsplit");
  }
  return problems;
}

function serviceProblems(snapshot: Snapshot): Problem[] {
  return snapshot.services
    .filter((service) => service.is_down || service.health !== "healthy")
    .map((service) => ({
      id: `service ${service.service}`,
      severity: "watch" as const,
      text: `headmon's own ${service.service} ${service.is_down ? "has ended" : `is ${service.health}`}${service.detail === "" ? "" : `: ${service.detail}`}.`,
      advice: "The rest goes on.",
      runbook: "headmonservicedown",
    }));
}

/** Everything that is wrong now, the worst first. */
export function problemsOf(snapshot: Snapshot, now: number): Problem[] {
  const problems = [...chainProblems(snapshot, now), ...(snapshot.chain.is_stopped ? [] : nodeProblems(snapshot.nodes)), ...serviceProblems(snapshot)];
  return problems.sort((a, b) => Number(b.severity === "bad") - Number(a.severity === "bad"));
}

/** The report of this block that came first by stream and in time; absent where nobody has one. */
const firstReport = (slots: Slot[], slot: string, block: string) =>
  slots.find((one) => one.slot === slot)?.reports.find((report) => report.block === block && report.is_first);

/** What is so while nothing is wrong, or "" where a problem says it. */
export function goodSentence(snapshot: Snapshot): string {
  const { chain, nodes, slots } = snapshot;
  if (nodes.length === 0) return "No nodes are followed.";
  const { best } = chain;
  if (best === null) return `Waiting for the first head of ${nodes.length === 1 ? `the node ${nodes[0]?.node}` : `${nodes.length} nodes`}.`;
  const agreeing = nodes.filter((node) => node.head?.block === best.block).length;
  const report = firstReport(slots, best.slot, best.block);
  const came = report === undefined ? "" : ` came ${report.delay_seconds < 0 ? `${exactText(-report.delay_seconds)} before its slot` : `${secondsText(report.delay_seconds)} into the slot`} from ${report.node}`;
  const head = `head ${slotText(best.slot)}${came}`;
  if (nodes.length === 1) return `${nodes[0]?.node} follows the chain; ${head}.`;
  return agreeing === nodes.length ? `All ${nodes.length} nodes agree; ${head}.` : `Nothing is wrong; ${head}, and ${agreeing} of ${nodes.length} nodes have it so far.`;
}

/** The sentence on top: what is wrong, the worst first, or that all is well. */
export function sentenceOf(snapshot: Snapshot, problems: Problem[]): string {
  const worst = problems[0];
  // Before the first head each node is unknown, not bad.
  if (worst === undefined || (snapshot.chain.best === null && !snapshot.chain.is_stopped && isYoung(snapshot))) return goodSentence(snapshot);
  const more = problems.length - 1;
  return more === 0 ? worst.text : `${worst.text} And ${more} more ${more === 1 ? "problem" : "problems"}.`;
}

/** The page was told so little yet that nothing of it is a fault. */
const isYoung = (snapshot: Snapshot): boolean => snapshot.nodes.every((node) => node.state === "connecting" || node.state === "waiting");

/** For how long a split is on, in words. */
export function splitAge(snapshot: Snapshot, now: number): string {
  const since = snapshot.chain.split?.since;
  return since === undefined ? "" : ageText((now - Date.parse(since)) / 1000);
}
