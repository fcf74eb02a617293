// Keeps a war's page up to date without reloading it. The page is complete without
// this script; it only fetches the same page's parts again when the server says that
// something changed, and keeps ages and countdowns running.
(() => {
  "use strict";
  const page = document.getElementById("page");
  if (!page || !("events" in page.dataset)) return;

  const retryEvery = 15000; // when live updates cannot be had
  const speakEvery = 20000; // a screen reader is told the score no more often

  let shown = page.dataset.digest;
  let clock = {server: Number(page.dataset.now), here: performance.now(), speed: Number(page.dataset.speed) || 1};
  let fetching = false, again = false, polling = 0, spokenAt = performance.now();

  const now = () => clock.server + (performance.now() - clock.here) * clock.speed;

  // The same words as the server's.
  function span(ms) {
    const s = Math.round(ms / 1000);
    const two = (big, bigName, small, smallName) => small ? `${big} ${bigName} ${small} ${smallName}` : `${big} ${bigName}`;
    if (s >= 48 * 3600) return two(Math.floor(s / 86400), "d", Math.floor(s % 86400 / 3600), "h");
    if (s >= 3600) return two(Math.floor(s / 3600), "h", Math.floor(s % 3600 / 60), "min");
    if (s >= 60) return `${Math.floor(s / 60)} min`;
    return `${s} s`;
  }

  function tick() {
    const at = now();
    for (const t of document.querySelectorAll("time[data-at]")) {
      const then = Number(t.dataset.at);
      const text = then > at ? "in " + span(then - at) : span(at - then) + " ago";
      if (t.textContent !== text) t.textContent = text;
    }
  }

  const live = document.createElement("span");
  function say(connected) {
    live.className = connected ? "live" : "live off";
    live.textContent = connected ? "Live" : "Reconnecting";
    const refresh = document.getElementById("refresh");
    if (refresh) {
      refresh.hidden = connected;
      if (!live.isConnected) refresh.before(live);
    }
  }
  let connected = false;

  // Puts new content in place of old: what is focused, opened and loaded stays.
  function swap(fresh) {
    const focused = document.activeElement && document.activeElement.id;
    const open = new Set([...page.querySelectorAll("details[open]")].map(d => d.id));
    const known = new Set([...page.querySelectorAll(".feed li")].map(li => li.id));
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old || old.innerHTML === part.innerHTML) continue;
      if (part.dataset.part === "charts" && reuse(old, part)) continue;
      old.replaceChildren(...part.childNodes);
    }
    for (const d of page.querySelectorAll("details")) d.open = open.has(d.id);
    if (known.size) for (const li of page.querySelectorAll(".feed li")) li.classList.toggle("new", !known.has(li.id));
    if (focused && document.activeElement.id !== focused) document.getElementById(focused)?.focus({preventScroll: true});

    const spoken = page.querySelector("[data-spoken]"), next = fresh.querySelector("[data-spoken]");
    if (spoken && next && performance.now() - spokenAt > speakEvery && spoken.textContent !== next.textContent) {
      spoken.textContent = next.textContent;
      spokenAt = performance.now();
    }
    clock = {server: Number(fresh.dataset.now), here: performance.now(), speed: Number(fresh.dataset.speed) || 1};
    shown = fresh.dataset.digest;
    document.title = fresh.dataset.title;
    say(connected);
    tick();
  }

  // Gives pictures their new addresses; the old ones stay until the new are there.
  function reuse(old, part) {
    const from = part.querySelectorAll("source, img"), to = old.querySelectorAll("source, img");
    if (from.length !== to.length || !to.length) return false;
    to.forEach((e, i) => {
      for (const name of ["srcset", "src"]) {
        const value = from[i].getAttribute(name);
        if (value && e.getAttribute(name) !== value) e.setAttribute(name, value);
      }
    });
    return true;
  }

  async function refresh(address = location.href) {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const url = new URL(address);
      url.searchParams.set("fragment", "1");
      const answer = await fetch(url, {credentials: "same-origin", headers: {Accept: "text/html"}});
      if (answer.status === 401 || answer.status === 404) { location.reload(); return; }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("page");
        if (fresh) swap(fresh);
      }
    } catch { /* no network: the next event or retry brings it */ } finally {
      fetching = false;
      if (again) { again = false; refresh(); }
    }
  }

  // Links to the other side or another order change the table in place.
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-swap]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const url = new URL(link.href);
    url.hash = "";
    history.replaceState(null, "", url);
    refresh(url.href);
  });

  // So does picking a squad; without this script the button sends the form.
  function pick(form) {
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.set(name, value);
    history.replaceState(null, "", url);
    refresh(url.href);
  }
  document.addEventListener("submit", event => {
    if (!event.target.matches("form[data-swap]")) return;
    event.preventDefault();
    pick(event.target);
  });
  document.addEventListener("change", event => {
    const form = event.target.closest("form[data-swap]");
    if (form) pick(form);
  });

  function listen() {
    const source = new EventSource(page.dataset.events);
    source.addEventListener("state", event => {
      connected = true;
      clearInterval(polling);
      say(true);
      if (event.data !== shown) refresh();
    });
    source.addEventListener("change", event => { if (event.data !== shown) refresh(); });
    source.addEventListener("end", () => { source.close(); location.reload(); });
    source.addEventListener("error", () => {
      connected = false;
      say(false);
      if (source.readyState === EventSource.CLOSED) { // refused: look again from time to time
        clearInterval(polling);
        polling = setInterval(refresh, retryEvery);
      }
    });
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
  }

  setInterval(tick, 1000);
  tick();
  listen();
})();
