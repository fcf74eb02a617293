// Where one types: plain messages, and slash commands with their options.
import { $, h } from "./dom.js";
import { post } from "./api.js";
import { closeSuggestions, startSuggestions, suggestFor } from "./suggest.js";

const kinds = { 3: "text", 4: "whole number", 5: "true or false", 6: "member", 7: "channel", 8: "role", 9: "member or role", 10: "number", 11: "file" };

let app; // what the page gives: place(), commands(), ctx(), opened(answer)
let command = null; // the command that is being filled in
let fields = [];

export function startComposer(page) {
  app = page;
  startSuggestions();
  const text = $("compose");
  suggestFor(text, { source: (v) => (v.startsWith("/") ? commandsLike(v.slice(1)) : []), pick: (it) => begin(it.command) });
  text.addEventListener("input", () => {
    grow();
    notice("");
  });
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      send();
    }
  });
  // Enter is handled where it is pressed: the form itself never submits.
  $("form").addEventListener("submit", (e) => e.preventDefault());
  $("send").addEventListener("click", send);
  $("command").addEventListener("keydown", (e) => {
    if (e.isComposing || e.defaultPrevented) return;
    if (e.key === "Escape") leave();
    else if (e.key === "Enter" && e.target.tagName === "INPUT") {
      e.preventDefault();
      send();
    }
  });
}

export function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function grow() {
  const el = $("compose");
  el.style.height = "auto";
  el.style.height = `${Math.min(el.scrollHeight, 160)}px`;
}

function commandsLike(typed) {
  const words = typed.toLowerCase().trim();
  if (/\s\w+:/.test(typed)) return [];
  const all = app.commands();
  const hits = all.filter((c) => c.path.startsWith(words));
  const more = all.filter((c) => !c.path.startsWith(words) && (c.path.includes(words) || c.description.toLowerCase().includes(words)));
  return [...hits, ...more].map((c) => ({
    command: c,
    label: `/${c.path}`,
    detail: c.options.map((o) => (o.required ? o.name : `[${o.name}]`)).join(" "),
    description: c.description,
  }));
}

// reset drops what is being typed, when the place changes.
export function reset() {
  leave(false);
  $("compose").value = "";
  grow();
  notice("");
}

function leave(focus = true) {
  command = null;
  fields = [];
  closeSuggestions();
  $("command").hidden = true;
  $("command").replaceChildren();
  $("compose").hidden = false;
  if (focus) $("compose").focus();
}

// begin turns the composer into the form of one command.
function begin(c, values = {}) {
  notice("");
  command = c;
  fields = [];
  $("compose").value = "";
  $("compose").hidden = true;
  const add = h("input", { id: "add-option", type: "text", "aria-label": "Add an option, or press Enter to send", spellcheck: "false", enterkeyhint: "send" });
  const about = h("p", { class: "about", id: "option-about" }, c.description);
  $("command").replaceChildren(
    h("div", { class: "filled" },
      h("span", { class: "chip" }, `/${c.path}`, h("button", { type: "button", "aria-label": "Drop this command", onclick: () => leave() }, "×")), add),
    about);
  $("command").hidden = false;
  suggestFor(add, {
    first: false,
    source: (v) => rest().filter((o) => o.name.includes(v.toLowerCase().trim())).map((o) => ({ option: o, label: o.name, description: o.description })),
    pick: (it) => addField(it.option).input.focus(),
  });
  // A name typed in full, with a space or a colon behind it, is enough.
  add.addEventListener("input", () => {
    const o = rest().find((x) => add.value === `${x.name} ` || add.value === `${x.name}:`);
    if (o) addField(o).input.focus();
  });
  add.addEventListener("keydown", (e) => {
    if (e.key !== "Backspace" || add.value) return;
    e.preventDefault();
    const last = fields.at(-1);
    if (last) last.input.focus();
    else leave();
  });
  for (const o of c.options) {
    if (o.required || values[o.name] !== undefined) addField(o, values[o.name]);
  }
  hint();
  (fields.find((f) => !f.input.value)?.input ?? add).focus();
}

const rest = () => command.options.filter((o) => !fields.some((f) => f.option === o));

function hint() {
  const add = $("add-option");
  add.placeholder = rest().length ? "add an option, or Enter to send" : "Enter to send";
}

function addField(o, value) {
  const id = `option-${o.name}`;
  const file = o.type === 11;
  const input = h("input", { id, type: file ? "file" : "text", size: "12", spellcheck: "false", autocomplete: "off", enterkeyhint: "next",
    inputmode: o.type === 4 || o.type === 10 ? "decimal" : null, "aria-required": o.required ? "true" : null, "aria-describedby": "option-about",
    placeholder: kinds[o.type] });
  const f = { option: o, input, picked: null };
  const drop = () => {
    fields = fields.filter((x) => x !== f);
    f.el.remove();
    hint();
    $("add-option").focus();
  };
  f.el = h("span", { class: "option" }, h("label", { for: id }, o.name), input,
    !o.required && h("button", { type: "button", "aria-label": `Drop ${o.name}`, onclick: drop }, "×"));
  if (value !== undefined && !file) input.value = value;
  input.addEventListener("input", () => {
    f.picked = null;
    notice("");
  });
  input.addEventListener("focus", () => {
    $("option-about").textContent = `${o.name}: ${o.description} (${kinds[o.type]}${o.required ? ", required" : ""})`;
  });
  input.addEventListener("keydown", (e) => {
    if (e.key === "Backspace" && !input.value && !o.required) {
      e.preventDefault();
      drop();
    }
  });
  fields.push(f);
  $("add-option").value = "";
  $("add-option").before(f.el);
  if (!file) {
    suggestFor(input, {
      source: (v) => valuesLike(f, v),
      after: o.autocomplete ? 250 : 0,
      first: !o.autocomplete,
      pick: (it) => {
        f.picked = it;
        input.value = it.label;
        (fields.find((x) => x.option.required && !x.input.value)?.input ?? $("add-option")).focus();
      },
    });
  }
  hint();
  return f;
}

// valuesLike lists what an option can be, as far as it is known.
async function valuesLike(f, typed) {
  const o = f.option;
  const text = typed.trim().toLowerCase();
  // What was just picked needs no further list.
  if (f.picked && f.picked.label === typed) return [];
  if (o.autocomplete) {
    const answer = await post("autocomplete", { ...app.place(), path: command.path, options: given(f), focused: o.name, partial: typed });
    return (answer.choices ?? []).map((c) => ({ label: c.name, value: c.value }));
  }
  let all = [];
  if (o.choices?.length) all = o.choices.map((c) => ({ label: c.name, value: c.value }));
  else if (o.type === 5) all = [{ label: "True", value: true }, { label: "False", value: false }];
  else if (o.type >= 6 && o.type <= 9) all = app.ctx().pickable({ type: { 6: 5, 7: 8, 8: 6, 9: 7 }[o.type], channel_types: o.channel_types });
  return all.filter((it) => it.label.toLowerCase().includes(text)).slice(0, 25);
}

// given collects the options filled in, all but one.
function given(except) {
  const out = {};
  for (const f of fields) {
    if (f === except || f.option.type === 11) continue;
    const typed = f.input.value.trim();
    if (f.picked && f.picked.label === f.input.value) out[f.option.name] = f.picked.value;
    else if (typed) out[f.option.name] = typed;
  }
  return out;
}

async function uploads() {
  const out = {};
  for (const f of fields) {
    const file = f.option.type === 11 && f.input.files[0];
    if (!file) continue;
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = "";
    for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
    out[f.option.name] = { Name: file.name, ContentType: file.type, Data: btoa(binary) };
  }
  return out;
}

// typed reads a command that was written out: "/war scoreboard sort:score".
function typed(text) {
  const words = text.slice(1).trim();
  const hit = app.commands().filter((c) => words === c.path || words.startsWith(`${c.path} `)).sort((a, b) => b.path.length - a.path.length)[0];
  if (!hit) return null;
  const values = {};
  const tail = words.slice(hit.path.length).trim();
  for (const m of tail.matchAll(/([\w-]+):\s*(?:"([^"]*)"|(.*?))(?=\s+[\w-]+:|\s*$)/g)) {
    if (!hit.options.some((o) => o.name === m[1])) return { error: `/${hit.path} has no option "${m[1]}".` };
    values[m[1]] = m[2] ?? m[3];
  }
  const open = hit.options.filter((o) => o.required);
  if (tail && !Object.keys(values).length) {
    if (open.length !== 1) return { error: `Write options as name:value, for example ${hit.options[0]?.name ?? "option"}:…` };
    values[open[0].name] = tail;
  }
  return { command: hit, values, complete: open.every((o) => values[o.name]) };
}

async function send() {
  if ($("send").disabled) return;
  if (command) return sendCommand();
  const text = $("compose").value.trim();
  if (!text) return;
  if (!text.startsWith("/")) {
    await busy(async () => {
      await post("say", { ...app.place(), text });
      $("compose").value = "";
      grow();
    });
    return;
  }
  const t = typed(text);
  if (!t) return notice(`There is no command ${text.split(/\s/)[0]} for you here.`);
  if (t.error) return notice(t.error);
  begin(t.command, t.values);
  if (t.complete) await sendCommand();
}

async function sendCommand() {
  const missing = fields.find((f) => f.option.required && !f.input.value);
  if (missing) {
    notice(`${missing.option.name} is required.`);
    missing.input.focus();
    return;
  }
  await busy(async () => {
    const answer = await post("slash", { ...app.place(), path: command.path, options: given(null), files: await uploads() });
    leave();
    app.opened(answer);
  });
}

async function busy(work) {
  const button = $("send");
  button.disabled = true;
  button.textContent = "Sending…";
  notice("");
  closeSuggestions();
  try {
    await work();
  } catch (err) {
    notice(err.message);
  } finally {
    button.disabled = false;
    button.textContent = "Send";
  }
}
