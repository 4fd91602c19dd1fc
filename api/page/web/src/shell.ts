// What the views share of the browser: the address, the clock, what is remembered.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Zone } from "./text";

export type View = "now" | "arrivals" | "events" | "history" | "runbook";
const VIEWS: readonly string[] = ["now", "arrivals", "events", "history", "runbook"];

export interface Place {
  view: View;
  argument: string;
}

export function placeOf(hash: string): Place {
  const [view = "", argument = ""] = hash.replace(/^#\/?/, "").split("/");
  return VIEWS.includes(view) ? { view: view as View, argument } : { view: "now", argument: "" };
}

export function useHash(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const changed = () => setPlace(placeOf(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return place;
}

/** The browser's time, told anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** `value`, but taken over at most every `ms`: for what is dear to draw. */
export function useSlow<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const newest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  newest.current = value;
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setShown(newest.current);
    }, ms);
  }, [value, ms]);
  useEffect(() => () => {
    if (timer.current !== null) clearTimeout(timer.current);
  }, []);
  return shown;
}

const ZONE_KEY = "headmon.zone";

export function loadZone(): Zone {
  try {
    return localStorage.getItem(ZONE_KEY) === "UTC" ? "UTC" : "local";
  } catch {
    return "local";
  }
}

export function saveZone(zone: Zone): void {
  try {
    localStorage.setItem(ZONE_KEY, zone);
  } catch {
    // A browser that keeps nothing forgets it.
  }
}

/** Light or dark, and the width: what a plot is drawn anew for. */
export function useLook(): string {
  const [look, setLook] = useState(lookNow);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setLook(lookNow());
    dark.addEventListener("change", changed);
    addEventListener("resize", changed);
    return () => {
      dark.removeEventListener("change", changed);
      removeEventListener("resize", changed);
    };
  }, []);
  return look;
}

const lookNow = (): string => `${matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"} ${document.documentElement.clientWidth}`;
