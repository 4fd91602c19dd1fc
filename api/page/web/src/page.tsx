// The frame: what is wrong, the views, and whether what is shown is old.
import { useEffect, useState } from "preact/hooks";
import { problemsOf, sentenceOf, type Problem } from "./problems";
import { initialState, followState, type State } from "./store";
import { loadZone, saveZone, useHash, useNow, type View } from "./shell";
import { ageText, timeText, type Zone } from "./text";
import { Now } from "./views/now";
import { Arrivals } from "./views/arrivals";
import { Events } from "./views/events";
import { History } from "./views/history";
import { Runbook } from "./views/runbook";

const VIEWS: [View, string][] = [["now", "Now"], ["arrivals", "Arrivals"], ["events", "Events"], ["history", "History"], ["runbook", "Runbook"]];

export function Page() {
  const [state, setState] = useState<State>(initialState);
  const [zone, setZone] = useState<Zone>(loadZone);
  const { view, argument } = useHash();
  const now = useNow(1000);
  useEffect(() => {
    const stop = new AbortController();
    followState(setState, stop.signal);
    return () => stop.abort();
  }, []);

  const { snapshot, connection } = state;
  const problems = snapshot === null ? [] : problemsOf(snapshot, now);
  const isOld = connection.state === "lost";
  useEffect(() => { document.title = titleOf(state, problems); });
  const switchZone = () => {
    const other = zone === "UTC" ? "local" : "UTC";
    saveZone(other);
    setZone(other);
  };

  return (
    <>
      <a class="skip" href="#view" onClick={(event) => { event.preventDefault(); document.getElementById("view")?.focus(); }}>Skip to the view</a>
      <header>
        <h1><span class="mark" aria-hidden="true" /> headmon</h1>
        <nav aria-label="Views">
          {VIEWS.filter(([name]) => name !== "history" || snapshot?.about.has_history !== false).map(([name, words]) => (
            <a key={name} href={`#/${name}`} aria-current={name === view ? "page" : undefined}>{words}</a>
          ))}
        </nav>
        <button type="button" class="quiet" onClick={switchZone} title="Switch between local time and UTC">
          {zone === "UTC" ? "Times in UTC" : "Times are local"}
        </button>
      </header>
      <ConnectionNote state={state} now={now} zone={zone} />
      <main id="view" tabIndex={-1} class={isOld ? "old" : ""} data-connection={connection.state}>
        {snapshot === null ? <p class="faint">{connection.state === "lost" ? "" : "Asking headmon…"}</p> : (
          <>
            {view === "now" && <Now snapshot={snapshot} problems={problems} now={now} zone={zone} sentence={sentenceOf(snapshot, problems)} />}
            {view === "arrivals" && <Arrivals snapshot={snapshot} />}
            {view === "events" && <Events snapshot={snapshot} zone={zone} />}
            {view === "history" && <History snapshot={snapshot} zone={zone} />}
            {view === "runbook" && <Runbook section={argument} />}
          </>
        )}
      </main>
      {snapshot !== null && <footer>headmon {snapshot.about.version}, since {timeText(snapshot.about.started, zone, true)}</footer>}
      <p class="unseen" role="status">{announcement(problems)}</p>
    </>
  );
}

/** What a screen reader is told when it changes: problems, never each head. */
const announcement = (problems: Problem[]): string =>
  problems.length === 0 ? "No problems." : `${problems.length} ${problems.length === 1 ? "problem" : "problems"}. ${problems[0]?.text}`;

function titleOf(state: State, problems: Problem[]): string {
  if (state.connection.state === "lost") return "? headmon: connection lost";
  if (state.snapshot === null) return "headmon";
  return problems.length === 0 ? "headmon: all is well" : `(${problems.length}) headmon: ${problems[0]?.text}`;
}

function ConnectionNote({ state, now, zone }: { state: State; now: number; zone: Zone }) {
  const { connection } = state;
  if (connection.state !== "lost" || connection.heardAt === null) {
    return connection.state === "connecting" ? <p class="note watch" role="status">Connecting to headmon…</p> : null;
  }
  return (
    <div class="note bad" role="alert">
      <p><strong>The connection to headmon is lost.</strong> What is shown is old: it is of {timeText(connection.heardAt, zone, true)}.</p>
      {/* Outside of the alert's words, which would be read out each second. */}
      <p aria-hidden="true" class="faint">{ageText((now - connection.heardAt) / 1000)} ago. It is tried again.</p>
    </div>
  );
}
