// A subset of Discord's markdown, turned into elements.
import { h, link } from "./dom.js";
import { stamp } from "./clock.js";

// Each rule: a pattern that is tried at the present place, and what it becomes.
const rules = [
  [/^\\([\\`*_~|<>[\]()#-])/, (m) => m[1]],
  [/^(`+)([^]*?[^`])\1(?!`)/, (m) => h("code", {}, m[2].trim() || m[2])],
  [/^\*\*([^]+?)\*\*(?!\*)/, (m, ctx) => h("strong", {}, inline(m[1], ctx))],
  [/^__([^]+?)__(?!_)/, (m, ctx) => h("u", {}, inline(m[1], ctx))],
  [/^~~([^]+?)~~/, (m, ctx) => h("s", {}, inline(m[1], ctx))],
  [/^\|\|([^]+?)\|\|/, (m, ctx) => spoiler(inline(m[1], ctx))],
  [/^\*(?=\S)((?:\*\*[^*]+\*\*|[^*])+?)\*(?!\*)/, (m, ctx) => h("em", {}, inline(m[1], ctx))],
  [/^_(?=\S)([^_]+?)_(?![A-Za-z0-9_])/, (m, ctx) => h("em", {}, inline(m[1], ctx))],
  [/^\[([^\]\n]+)\]\(\s*<?(https?:\/\/[^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/, (m, ctx) => link(m[2], inline(m[1], ctx))],
  [/^<(https?:\/\/[^\s>]+)>/, (m) => link(m[1], m[1])],
  [/^https?:\/\/[^\s<]*[^\s<.,:;"')\]*_]/, (m) => link(m[0], m[0])],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (m) => stamp(Number(m[1]), m[2])],
  [/^<(@!?|@&|#)(\d+)>/, (m, ctx) => mention(m[1], m[2], ctx)],
  [/^<\/([^:>]+):\d+>/, (m) => h("span", { class: "mention" }, `/${m[1]}`)],
  [/^<a?(:\w+:)\d+>/, (m) => m[1]],
  [/^@(everyone|here)\b/, (m) => h("span", { class: "mention" }, m[0])],
];

function spoiler(children) {
  const el = h("button", { type: "button", class: "spoiler", "aria-label": "Spoiler, press to show" }, h("span", {}, children));
  el.addEventListener("click", () => {
    el.classList.add("open");
    el.removeAttribute("aria-label");
  });
  return el;
}

function mention(kind, id, ctx) {
  const found = kind === "#" ? ctx.channel(id) : kind === "@&" ? ctx.role(id) : ctx.person(id);
  const sign = kind === "#" ? "#" : "@";
  if (!found) return h("span", { class: "mention" }, `${sign}unknown`);
  const el = h("span", { class: "mention" }, sign + found.name);
  if (kind === "@&" && found.color) el.style.setProperty("--mention", `#${found.color.toString(16).padStart(6, "0")}`);
  return el;
}

export function inline(text, ctx) {
  const out = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push(plain);
    plain = "";
  };
  for (let i = 0; i < text.length; ) {
    const rest = text.slice(i);
    let hit = null;
    // A word's own underscores are no emphasis.
    const inWord = rest[0] === "_" && /\w/.test(text[i - 1] ?? "");
    if (/[\\`*_~|<[h@]/.test(rest[0]) && !inWord) {
      for (const [pattern, make] of rules) {
        const m = pattern.exec(rest);
        if (m) {
          hit = [m[0].length, make(m, ctx)];
          break;
        }
      }
    }
    if (hit) {
      flush();
      out.push(hit[1]);
      i += hit[0];
    } else if (text[i] === "\n") {
      flush();
      out.push(h("br"));
      i++;
    } else {
      plain += text[i++];
    }
  }
  flush();
  return out.flat();
}

const fence = /```(?:([\w+-]*)\n)?([^]*?)\n?```/g;

// markdown gives the elements of a text.
export function markdown(text, ctx) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(fence)) {
    out.push(...blocks(text.slice(at, m.index), ctx));
    out.push(h("pre", { tabindex: "0" }, h("code", {}, m[2])));
    at = m.index + m[0].length;
  }
  out.push(...blocks(text.slice(at), ctx));
  return out;
}

function blocks(text, ctx) {
  const out = [];
  let para = [];
  const flush = () => {
    const joined = para.join("\n").replace(/^\n+|\n+$/g, "");
    if (joined) out.push(h("p", {}, inline(joined, ctx)));
    para = [];
  };
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    let m;
    if ((m = /^(#{1,3})\s+(\S.*)$/.exec(lines[i]))) {
      flush();
      out.push(h("p", { class: `heading h${m[1].length}`, role: "heading", "aria-level": String(m[1].length + 3) }, inline(m[2], ctx)));
    } else if ((m = /^-#\s+(\S.*)$/.exec(lines[i]))) {
      flush();
      out.push(h("p", { class: "small" }, inline(m[1], ctx)));
    } else if (/^>\s/.test(lines[i])) {
      flush();
      const quoted = [];
      while (i < lines.length && /^>\s/.test(lines[i])) quoted.push(lines[i++].replace(/^>\s/, ""));
      i--;
      out.push(h("blockquote", {}, blocks(quoted.join("\n"), ctx)));
    } else if (/^\s*(?:[-*•]|\d+\.)\s+\S/.test(lines[i])) {
      flush();
      const ordered = /^\s*\d+\./.test(lines[i]);
      const items = [];
      const from = Number(/^\s*(\d+)/.exec(lines[i])?.[1] ?? 1);
      while (i < lines.length && (m = /^(\s*)(?:[-*•]|\d+\.)\s+(\S.*)$/.exec(lines[i]))) {
        items.push(h("li", m[1].length > 1 ? { class: "nested" } : {}, inline(m[2], ctx)));
        i++;
      }
      i--;
      out.push(ordered ? h("ol", { start: String(from) }, items) : h("ul", {}, items));
    } else {
      para.push(lines[i]);
    }
  }
  flush();
  return out;
}
