// The list of suggestions above the composer. One list serves every input of it.
import { $, h } from "./dom.js";

let owner = null; // the input that the list stands for
let items = [];
let active = -1;
let choose = null;

export function closeSuggestions() {
  const list = $("suggestions");
  list.hidden = true;
  list.replaceChildren();
  owner?.setAttribute("aria-expanded", "false");
  owner?.removeAttribute("aria-activedescendant");
  owner = null;
  items = [];
  active = -1;
}

function show(input, found, pick, first) {
  if (document.activeElement !== input || !found.length) {
    if (owner === input || !found.length) closeSuggestions();
    return;
  }
  if (owner && owner !== input) closeSuggestions();
  owner = input;
  items = found;
  choose = pick;
  const list = $("suggestions");
  list.replaceChildren(...found.map((it, i) =>
    h("li", { id: `s-${i}`, role: "option", "aria-selected": "false", onclick: () => take(i), onpointermove: () => mark(i) },
      h("span", { class: "s-label" }, it.label), it.detail && h("span", { class: "s-detail" }, it.detail),
      it.description && h("span", { class: "s-about" }, it.description))));
  list.hidden = false;
  list.scrollTop = 0;
  input.setAttribute("aria-expanded", "true");
  active = -1;
  if (first) mark(0);
}

function mark(i) {
  const list = $("suggestions");
  list.children[active]?.setAttribute("aria-selected", "false");
  active = i;
  const li = list.children[i];
  li?.setAttribute("aria-selected", "true");
  li?.scrollIntoView({ block: "nearest" });
  if (li) owner?.setAttribute("aria-activedescendant", li.id);
}

function take(i) {
  const it = items[i];
  const pick = choose;
  closeSuggestions();
  pick(it);
}

// suggestFor offers what source finds for the text of an input. source may return
// a promise; after waits that many milliseconds of silence first. With first, the
// top line is marked at once, so that Enter takes it.
export function suggestFor(input, { source, pick, after = 0, first = true }) {
  let asked = 0;
  let timer = 0;
  const refresh = () => {
    clearTimeout(timer);
    const mine = ++asked;
    const ask = async () => {
      let found = [];
      try {
        found = await source(input.value);
      } catch {
        /* no suggestions then; sending will say what is wrong */
      }
      if (mine === asked) show(input, found, pick, first);
    };
    if (after) timer = setTimeout(ask, after);
    else ask();
  };
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "suggestions");
  input.setAttribute("aria-expanded", "false");
  input.addEventListener("input", refresh);
  input.addEventListener("focus", refresh);
  input.addEventListener("blur", () => {
    asked++;
    if (owner === input) closeSuggestions();
  });
  input.addEventListener("keydown", (e) => {
    if (owner !== input || e.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) {
      mark((active + step + items.length) % items.length);
    } else if ((e.key === "Enter" || e.key === "Tab") && active >= 0 && !e.shiftKey) {
      take(active);
    } else if (e.key === "Escape") {
      asked++;
      closeSuggestions();
    } else {
      return;
    }
    e.preventDefault();
    e.stopImmediatePropagation();
  });
  return refresh;
}

export function startSuggestions() {
  // Pressing on the list must not take the focus from its input.
  $("suggestions").addEventListener("pointerdown", (e) => e.preventDefault());
}
