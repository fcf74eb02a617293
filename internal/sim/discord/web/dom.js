// h builds an element. Text always becomes a text node: nothing that came from a
// message is ever parsed as markup.
export function h(tag, attrs = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, v] of Object.entries(value)) el.style.setProperty(name, v);
    else el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

export const $ = (id) => document.getElementById(id);

// safeURL gives an address that may be followed, or nothing.
export function safeURL(raw) {
  try {
    const u = new URL(raw);
    return u.protocol === "https:" || u.protocol === "http:" ? u.href : null;
  } catch {
    return null;
  }
}

export function link(raw, ...children) {
  const href = safeURL(raw);
  if (!href) return h("span", {}, ...children);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

export const hex = (color) => "#" + color.toString(16).padStart(6, "0");

// avatar fills an element with somebody's initial on a colour of their own.
export function avatar(el, name, id, bot) {
  const hue = Number(BigInt(id || 0) % 360n);
  el.textContent = [...name][0]?.toUpperCase() ?? "?";
  el.style.setProperty("--hue", String(hue));
  el.classList.toggle("bot", Boolean(bot));
  return el;
}
