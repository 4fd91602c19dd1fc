// Numbers, moments and roots as people read them.

export const DASH = "–";

const grouped = new Intl.NumberFormat("en-US");

/** 13,054,221 */
export const slotText = (slot: string | number): string => grouped.format(BigInt(slot));

export const countText = (count: number): string => grouped.format(count);

/** 0x1234…cdef, as headmon's table has it. */
export const rootText = (root: string): string => `${root.slice(0, 6)}…${root.slice(-4)}`;

/** 0.41 s, or 13 ms; null is a dash. */
export function secondsText(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return DASH;
  if (seconds === 0) return "0 ms";
  return Math.abs(seconds) < 0.1 ? `${Math.round(seconds * 1e3)} ms` : `${seconds.toFixed(Math.abs(seconds) < 10 ? 2 : 1)} s`;
}

/** 0.413 s: to the millisecond. */
export const exactText = (seconds: number | null | undefined): string =>
  seconds === null || seconds === undefined ? DASH : `${seconds.toFixed(3)} s`;

/** 12 s, 4 min, 3 h, 2 d */
export function ageText(seconds: number): string {
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export type Zone = "local" | "UTC";

const two = (value: number): string => String(value).padStart(2, "0");

/** 19:02:11, and the day where it is asked for: 2026-01-31 19:02:11. */
export function timeText(at: string | number, zone: Zone, withDay = false): string {
  const date = new Date(at);
  const utc = zone === "UTC";
  const day = utc
    ? `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = utc
    ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
    : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withDay ? `${day} ${time}` : time;
}

/** "alpha", "alpha and beta", "alpha, beta and 3 more" */
export function namesText(names: string[], most = 3): string {
  if (names.length > most) return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A link's target for a slot or block, where the configuration names an explorer. */
export function explorerUrl(pattern: string | null, slot: string, root: string | null): string | null {
  if (pattern === null || (pattern.includes("{root}") && root === null)) return null;
  return pattern.replaceAll("{slot}", slot).replaceAll("{root}", root ?? "");
}
