import { useEffect, useRef } from "preact/hooks";
import { RUNBOOK } from "../health-table";

export function Runbook({ section }: { section: string }) {
  const open = useRef<HTMLElement | null>(null);
  useEffect(() => {
    open.current?.scrollIntoView();
    open.current?.focus();
  }, [section]);
  return (
    <>
      <h2>Runbook</h2>
      <ul class="contents">{RUNBOOK.map(({ id, title }) => <li key={id}><a href={`#/runbook/${id}`}>{title}</a></li>)}</ul>
      {RUNBOOK.map(({ id, title, html }) => (
        <section key={id} id={id} tabIndex={-1} ref={id === section ? open : null} aria-labelledby={`${id}-title`} class="runbook">
          <h3 id={`${id}-title`}>{title}</h3>
          {/* Made from docs/runbook.md by the build. */}
          <div dangerouslySetInnerHTML={{ __html: html }} />
        </section>
      ))}
    </>
  );
}
