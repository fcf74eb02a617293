// The page: who I am, where I am, what was said there.
import { $, avatar, h, hex } from "./dom.js";
import { get, listen, post } from "./api.js";
import { setClock, startTicking } from "./clock.js";
import { ephemeral, renderMessage } from "./message.js";
import { notice, reset, startComposer } from "./composer.js";
import { openForm } from "./form.js";

let world = null;
let place = null; // { guild, channel }
let messages = []; // of the open channel, oldest first
let stream = null;
let loading = 0;
const unread = new Map(); // channel id -> { n, ping }

const groups = () => [...world.guilds, world.dm];
const phone = matchMedia("(max-width: 760px)");

// ctx resolves ids of the present place.
const ctx = {
  person: (id) => place.guild.members.find((p) => p.id === id) ?? world.people.find((p) => p.id === id),
  role: (id) => place.guild.roles.find((r) => r.id === id),
  channel: (id) => groups().flatMap((g) => g.channels).find((c) => c.id === id),
  message: (id) => messages.find((m) => m.id === id),
  pickable(c) {
    const people = place.guild.members.map((p) => ({ label: `@${p.name}`, value: p.id }));
    const roles = place.guild.roles.filter((r) => r.name !== "@everyone").map((r) => ({ label: `@${r.name}`, value: r.id }));
    if (c.type === 5) return people;
    if (c.type === 6) return roles;
    if (c.type === 7) return [...people, ...roles];
    return place.guild.channels
      .filter((x) => !c.channel_types?.length || c.channel_types.includes(x.type))
      .map((x) => ({ label: `#${x.name}`, value: x.id, description: x.topic }));
  },
};

// act sends what a person does with a message.
const act = {
  dismiss: (m) => attempt(() => post("dismiss", { user: world.me, message: m.id })),
  click: (m, c, el) => pressed(el, () => post("click", { user: world.me, message: m.id, custom_id: c.custom_id })),
  select: (m, c, values, el) => pressed(el, () => post("select", { user: world.me, message: m.id, custom_id: c.custom_id, values })),
};

async function attempt(work) {
  notice("");
  try {
    opened(await work());
  } catch (err) {
    notice(err.message);
  }
}

async function pressed(el, work) {
  el.classList.add("waiting");
  el.setAttribute("aria-busy", "true");
  await attempt(work);
  el.classList.remove("waiting");
  el.removeAttribute("aria-busy");
}

function opened(answer) {
  if (answer.modal) openForm(answer.modal, world.me, opened);
}

// --- the list of messages -------------------------------------------------

const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 80;
let sticky = true;

function toEnd() {
  $("log").scrollTop = $("log").scrollHeight;
  sticky = true;
  $("to-end").hidden = true;
}

function pinged(m) {
  const mine = ctx.person(world.me)?.roles ?? [];
  return m.author.id !== world.me && (m.mention_everyone || m.mentions.some((u) => u.id === world.me) || m.mention_roles.some((r) => mine.includes(r)));
}

// continued tells whether a message follows another of the same author closely.
function continued(m, before) {
  return before && before.author.id === m.author.id && !m.interaction && !m.message_reference && !ephemeral(m) && !ephemeral(before) &&
    Date.parse(m.timestamp) - Date.parse(before.timestamp) < 5 * 60000;
}

function frame(m, i) {
  const cls = ["message", continued(m, messages[i - 1]) && "continued", ephemeral(m) && "ephemeral", pinged(m) && "pinged"].filter(Boolean).join(" ");
  return h("article", { id: `m-${m.id}`, class: cls }, renderMessage(m, ctx, act));
}

function renderLog() {
  const log = $("log");
  const empty = h("p", { class: "empty" }, place.guild.id
    ? `This is the start of #${place.channel.name}. Type / to see what the bot can do here.`
    : "Messages between you and the bot. Nobody else sees them.");
  log.setAttribute("aria-live", "off"); // a channel that opens is not read out whole
  log.replaceChildren(empty, ...messages.map(frame));
  toEnd();
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
}

function arrived(m) {
  note(m.channel_id, m.id);
  if (m.channel_id !== place.channel.id) {
    const u = unread.get(m.channel_id) ?? { n: 0, ping: false };
    unread.set(m.channel_id, { n: u.n + 1, ping: u.ping || pinged(m) });
    renderSide();
    return;
  }
  if (messages.some((x) => x.id === m.id)) return changed(m);
  const stick = sticky;
  messages.push(m);
  $("log").append(frame(m, messages.length - 1));
  seen();
  if (stick || m.author.id === world.me) toEnd();
  else $("to-end").hidden = false;
}

function changed(m) {
  if (m.channel_id !== place.channel.id) return;
  const i = messages.findIndex((x) => x.id === m.id);
  if (i < 0) return;
  messages[i] = m;
  const old = $(`m-${m.id}`);
  // A live message that changes every few seconds must not be read out each time;
  // the answer to a deferral must.
  if (m.edited_timestamp) old.setAttribute("aria-live", "off");
  const focused = old.contains(document.activeElement) && document.activeElement.dataset.id;
  const fresh = frame(m, i);
  old.className = fresh.className;
  old.replaceChildren(...fresh.childNodes);
  if (focused) old.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  if (sticky) toEnd();
}

function removed(m) {
  messages = messages.filter((x) => x.id !== m.id);
  $(`m-${m.id}`)?.remove();
}

// --- channels -------------------------------------------------------------

const seenKey = () => `seen-${world.me}`;
const seenOf = () => JSON.parse(sessionStorage.getItem(seenKey()) ?? "{}");

function seen() {
  const last = messages.at(-1)?.id;
  if (last) sessionStorage.setItem(seenKey(), JSON.stringify({ ...seenOf(), [place.channel.id]: last }));
}

// note keeps the newest message of a channel, for the unread marks.
function note(channel, id) {
  const c = ctx.channel(channel);
  if (c) c.last_message_id = id;
}

function markUnread() {
  unread.clear();
  const read = seenOf();
  for (const c of groups().flatMap((g) => g.channels)) {
    if (c.last_message_id && (!read[c.id] || BigInt(c.last_message_id) > BigInt(read[c.id]))) unread.set(c.id, { n: 0, ping: false });
  }
}

function renderSide() {
  const lists = groups().filter((g) => g.channels.length).map((g) =>
    h("section", {}, h("h2", {}, g.name), h("ul", {}, g.channels.map((c) => {
      const u = unread.get(c.id);
      return h("li", {}, h("button", { type: "button", class: u ? "channel unread" : "channel", "aria-current": c.id === place.channel.id ? "page" : null,
        "data-channel": c.id, onclick: () => open(c.id) },
        h("span", { class: "sign", "aria-hidden": "true" }, g.id ? "#" : "@"), h("span", { class: "name" }, c.name),
        u && h("span", { class: u.ping ? "badge ping" : "badge" }, u.n ? String(u.n) : "", h("span", { class: "sr" }, u.n ? " new" : "new messages"))));
    }))));
  $("channels").replaceChildren(...lists);
  const news = [...unread.values()].filter((u) => u.n).length;
  document.title = `${news ? `(${news}) ` : ""}${place.guild.id ? "#" : "@"}${place.channel.name} · Consigliere demo chat`;
}

async function open(id) {
  const mine = ++loading;
  const guild = groups().find((g) => g.channels.some((c) => c.id === id)) ?? groups().find((g) => g.channels.length);
  place = { guild, channel: guild.channels.find((c) => c.id === id) ?? guild.channels[0] };
  history.replaceState(null, "", `#/${world.me}/${place.channel.id}`);
  unread.delete(place.channel.id);
  reset();
  $("title").textContent = (guild.id ? "#" : "@") + place.channel.name;
  $("topic").textContent = place.channel.topic ?? "";
  closeDrawers();
  renderSide();
  const list = await get("messages", { user: world.me, channel: place.channel.id });
  if (mine !== loading) return;
  messages = list;
  renderLog();
  seen();
  if (!phone.matches) $("compose").focus();
}

// --- me -------------------------------------------------------------------

async function load(user, channel) {
  stream?.close();
  world = await get("world", { user });
  setClock(world.now);
  markUnread();
  renderMe();
  renderHints();
  await open(channel);
  stream = listen(world.me, world.seq, {
    message: arrived,
    edit: changed,
    delete: removed,
    world: refresh,
    clock: (c) => {
      if (c.now) setClock(c.now);
      status(c.lost ? "Connection lost, trying again…" : c.online ? "" : "The bot is offline");
    },
  });
}

// refresh reads the world anew, without leaving the place.
let refreshing = 0;
function refresh() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    const next = await get("world", { user: world.me });
    const had = place.channel.id;
    world = next;
    const guild = groups().find((g) => g.channels.some((c) => c.id === had));
    if (!guild) return open(null);
    place = { guild, channel: guild.channels.find((c) => c.id === had) };
    renderMe();
    renderSide();
    return undefined;
  }, 150);
}

function status(text) {
  if ($("status").textContent !== text) $("status").textContent = text;
}

function renderMe() {
  $("me").replaceChildren(...world.people.map((p) => h("option", { value: p.id, selected: p.id === world.me }, p.about ? `${p.name} (${p.about})` : p.name)));
  const me = world.people.find((p) => p.id === world.me);
  avatar($("me-avatar"), me?.name ?? "?", world.me, false);
  if (me?.color) $("me-avatar").style.setProperty("--ring", hex(me.color));
  else $("me-avatar").style.removeProperty("--ring");
}

function renderHints() {
  $("open-hints").hidden = !world.hints.length;
  $("hints").replaceChildren(
    h("header", {}, h("h2", {}, "Hints"), h("button", { type: "button", class: "icon", id: "close-hints", onclick: closeDrawers }, h("span", { "aria-hidden": "true" }, "×"), h("span", { class: "sr" }, "Close hints"))),
    ...world.hints.map((x) => {
      const button = h("button", { type: "button", class: "btn style2 small-btn" }, "Copy");
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(x.text);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(text);
          button.textContent = "Press Ctrl+C";
        }
        setTimeout(() => (button.textContent = "Copy"), 2000);
      });
      const text = h("code", {}, x.text);
      return h("section", { class: "hint" }, h("h3", {}, x.title), text, button);
    }));
  document.body.classList.toggle("has-hints", world.hints.length > 0);
}

// --- drawers --------------------------------------------------------------

function drawer(name, show) {
  $(name).classList.toggle("open", show);
  $(`open-${name}`).setAttribute("aria-expanded", String(show));
  document.body.classList.toggle("drawer", show);
  if (show) $(name).querySelector("button, select")?.focus();
}

function closeDrawers() {
  for (const name of ["side", "hints"]) drawer(name, false);
}

function start() {
  startTicking();
  startComposer({
    place: () => ({ user: world.me, guild: place.guild.id, channel: place.channel.id }),
    commands: () => place.guild.commands,
    ctx: () => ctx,
    opened,
  });
  $("me").addEventListener("change", (e) => load(e.target.value, place.channel.id));
  for (const name of ["side", "hints"]) {
    $(`open-${name}`).addEventListener("click", (e) => {
      e.stopPropagation();
      drawer(name, !$(name).classList.contains("open"));
    });
  }
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !document.body.classList.contains("drawer")) return;
    const from = $("side").classList.contains("open") ? "open-side" : "open-hints";
    closeDrawers();
    $(from).focus();
  });
  document.querySelector("main").addEventListener("click", () => {
    if (document.body.classList.contains("drawer")) closeDrawers();
  });
  const log = $("log");
  log.addEventListener("scroll", () => {
    sticky = atEnd();
    if (sticky) $("to-end").hidden = true;
  });
  log.addEventListener("load", () => sticky && toEnd(), true); // pictures make messages taller
  new ResizeObserver(() => sticky && toEnd()).observe(log);
  $("to-end").addEventListener("click", toEnd);
  const [, user, channel] = location.hash.split("/");
  load(user ?? "", channel ?? null).catch((err) => status(err.message));
}

start();
