// headmon and the simulator as processes of a test.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A process whose lines can be waited for. */
export class Program {
  constructor(file, args) {
    this.lines = "";
    this.child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.ended = once(this.child, "exit");
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (bytes) => { this.lines += bytes; });
  }

  /** The first match in its output, which it has `timeoutMs` to write. */
  async wait_for(pattern, timeoutMs = 20_000) {
    return until(() => {
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.lines}`);
      return this.lines.match(pattern);
    }, `${pattern} in its output`, timeoutMs);
  }

  /** Ends it, at last by force; its exit code. */
  async end() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      const timer = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
      await this.ended;
      clearTimeout(timer);
    }
    return this.child.exitCode;
  }
}

/** What `look` gives once it gives something; fails after `timeoutMs` with what was waited for. */
export async function until(look, what, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(50);
  }
}

/** A port that was free a moment ago, for a program that is to have the same one twice. */
export async function free_port() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
