// One event stream of the API, opened again whenever it ends. `fetch` instead of EventSource, as that hides comments (in
// which losses are told) and cannot send Last-Event-ID for a stream that was closed by the page.
import { createParser } from "eventsource-parser";

export interface StreamHandlers {
  event(kind: string, data: string, id: string): void;
  /** Events were lost, in the server's words. */
  lost(comment: string): void;
  state(isOpen: boolean): void;
}

/** The server says something every 15 s at least. */
const SILENCE_MS = 35_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 5_000;

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });

/** Follows the stream at `path` until the signal. */
export async function follow(path: string, handlers: StreamHandlers, stop: AbortSignal): Promise<void> {
  let lastId = "";
  let wait = RETRY_MIN_MS;
  while (!stop.aborted) {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    stop.addEventListener("abort", end, { once: true });
    try {
      await readOnce(path, lastId, handlers, attempt, (id) => { lastId = id; }, () => { wait = RETRY_MIN_MS; });
    } catch {
      // Refused, ended or silent: all the same, it is tried again.
    }
    stop.removeEventListener("abort", end);
    if (stop.aborted) return;
    handlers.state(false);
    await sleep(wait, stop);
    wait = Math.min(wait * 2, RETRY_MAX_MS);
  }
}

async function readOnce(
  path: string, lastId: string, handlers: StreamHandlers, attempt: AbortController,
  sawId: (id: string) => void, opened: () => void,
): Promise<void> {
  let silence = setTimeout(() => attempt.abort(), SILENCE_MS);
  try {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId !== "") headers["Last-Event-ID"] = lastId;
    const answer = await fetch(path, { headers, signal: attempt.signal, cache: "no-store" });
    if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
    opened();
    handlers.state(true);
    const parser = createParser({
      onEvent: (event) => {
        if (event.id !== undefined) sawId(event.id);
        handlers.event(event.event ?? "message", event.data, event.id ?? "");
      },
      onComment: (comment) => {
        if (comment.includes("lost")) handlers.lost(comment.trim());
      },
    });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), SILENCE_MS);
      parser.feed(value);
    }
  } finally {
    clearTimeout(silence);
  }
}
