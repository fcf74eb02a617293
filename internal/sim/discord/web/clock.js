// The demo's clock may run faster than the wall's: it is followed by what the
// server says every second.
import { h } from "./dom.js";

let base = Date.now();
let at = performance.now();
let speed = 1;

export function setClock(now) {
  const t = performance.now();
  if (t - at > 500) {
    const measured = (now - base) / (t - at);
    if (measured > 0 && measured < 100000) speed = measured;
  }
  if (t - at > 500 || Math.abs(now - demoNow()) > 5000) {
    base = now;
    at = t;
  }
}

export const demoNow = () => base + (performance.now() - at) * speed;

const units = [["second", 1, 60], ["minute", 60, 60], ["hour", 3600, 24], ["day", 86400, 30], ["month", 2592000, 12], ["year", 31536000, Infinity]];

// relative words a distance as Discord does: rounded, in the unit that suits.
export function relative(seconds) {
  const size = Math.abs(seconds);
  const [unit, length] = units.find(([, n, most]) => Math.round(size / n) < most);
  const n = Math.round(size / length);
  const text = `${n} ${unit}${n === 1 ? "" : "s"}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

const styles = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

export function format(ms, style) {
  if (style === "R") return relative((ms - demoNow()) / 1000);
  return new Intl.DateTimeFormat("en-GB", styles[style] ?? styles.f).format(ms);
}

// stamp is a <time> that stays right: relative ones are rewritten every second.
export function stamp(unix, style = "f") {
  const ms = unix * 1000;
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return h("span", {}, "Invalid date");
  return h("time", { datetime: date.toISOString(), title: format(ms, "F"), class: "stamp", "data-ms": String(ms), "data-style": style },
    format(ms, style));
}

export function startTicking() {
  setInterval(() => {
    for (const el of document.querySelectorAll('time[data-style="R"]')) {
      const text = format(Number(el.dataset.ms), "R");
      if (el.textContent !== text) el.textContent = text;
    }
  }, 500);
}

// shortTime is the time of day of a message, with the date when it is not today.
export function shortTime(iso) {
  const ms = Date.parse(iso);
  const day = (x) => new Date(x).toDateString();
  return day(ms) === day(demoNow()) ? format(ms, "t") : `${format(ms, "d")} ${format(ms, "t")}`;
}
