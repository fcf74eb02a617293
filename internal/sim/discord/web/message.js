// How a message looks.
import { avatar, h, hex, link } from "./dom.js";
import { inline, markdown } from "./markdown.js";
import { shortTime, stamp } from "./clock.js";
import { openPicker } from "./picker.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const buttonKinds = { 1: "style1", 2: "style2", 3: "style3", 4: "style4", 5: "style2" };

export const ephemeral = (m) => (m.flags & EPHEMERAL) !== 0;
export const thinking = (m) => (m.flags & LOADING) !== 0;

// renderMessage gives what stands within a message's frame. act has the functions
// that send things: click, select, dismiss.
export function renderMessage(m, ctx, act) {
  const author = ctx.person(m.author.id) ?? { name: m.author.global_name || m.author.username, bot: m.author.bot };
  const name = m.webhook_id && !ctx.person(m.author.id) ? m.author.username : author.name;
  const used = m.interaction;
  return [
    used && h("p", { class: "used" }, h("b", {}, ctx.person(used.user.id)?.name ?? used.user.username), " used ", h("span", { class: "mention" }, `/${used.name}`)),
    m.message_reference && !used && h("p", { class: "used" }, "in reply to ", snippet(ctx.message(m.message_reference.message_id))),
    avatar(h("span", { class: "avatar", "aria-hidden": "true" }), name, m.author.id, m.author.bot),
    h("header", {},
      h("span", { class: "author", style: author.color ? { color: hex(author.color) } : {} }, name),
      m.author.bot && h("span", { class: "tag" }, "BOT"),
      h("time", { datetime: m.timestamp, class: "at" }, shortTime(m.timestamp))),
    h("div", { class: "body" },
      thinking(m)
        ? h("p", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), ` ${name} is thinking…`)
        : [
            m.content && h("div", { class: "text" }, markdown(m.content, ctx)),
            m.embeds.map((e) => embed(e, m, ctx)),
            m.attachments.map(attachment),
            m.edited_timestamp && h("p", { class: "edited" }, "(edited)"),
            components(m.components, m, ctx, act),
          ],
      ephemeral(m) &&
        h("p", { class: "only-you" }, "Only you can see this · ",
          h("button", { type: "button", class: "linkish", onclick: () => act.dismiss(m) }, "Dismiss message"))),
  ];
}

function snippet(m) {
  if (!m) return "a message";
  const text = m.content || m.embeds[0]?.title || m.embeds[0]?.description || "a message";
  const plain = text.replace(/[*_`~|]/g, "");
  return h("q", {}, plain.length > 60 ? `${plain.slice(0, 60)}…` : plain);
}

function embed(e, m, ctx) {
  const style = e.color ? { "--bar": hex(e.color) } : {};
  return h("section", { class: "embed", style, "aria-label": e.title ? `Embed: ${e.title}` : "Embed" },
    e.author && h("p", { class: "embed-author" }, e.author.url ? link(e.author.url, e.author.name) : e.author.name),
    e.title && h("p", { class: "embed-title", role: "heading", "aria-level": "3" }, e.url ? link(e.url, inline(e.title, ctx)) : inline(e.title, ctx)),
    e.description && h("div", { class: "text" }, markdown(e.description, ctx)),
    e.fields?.length && h("dl", { class: "fields" }, e.fields.map((f) =>
      h("div", { class: f.inline ? "field inline" : "field" }, h("dt", {}, inline(f.name, ctx)), h("dd", { class: "text" }, markdown(f.value, ctx))))),
    e.thumbnail && picture(e.thumbnail.url, m, "thumb"),
    e.image && picture(e.image.url, m, "picture"),
    (e.footer?.text || e.timestamp) && h("p", { class: "footer" }, e.footer?.text, e.footer?.text && e.timestamp && " · ",
      e.timestamp && stamp(Date.parse(e.timestamp) / 1000, "f")));
}

// picture shows a file of the demo; pictures elsewhere are only linked to, as the
// page loads nothing from outside.
function picture(url, m, cls) {
  if (!url.startsWith("/chat/attachments/")) return h("p", { class: "small" }, "Picture: ", link(url, url));
  const about = m.files.find((f) => f.url === url)?.description || "Picture without a description";
  return h("a", { href: url, target: "_blank", class: cls }, h("img", { src: url, alt: about, loading: "lazy" }));
}

function attachment(a) {
  if (a.content_type.startsWith("image/") && a.content_type !== "image/svg+xml") {
    return h("a", { href: a.url, target: "_blank", class: "picture" }, h("img", { src: a.url, alt: a.description || a.filename, loading: "lazy" }));
  }
  const size = a.size < 1024 ? `${a.size} bytes` : a.size < 1 << 20 ? `${Math.round(a.size / 1024)} kB` : `${(a.size / (1 << 20)).toFixed(1)} MB`;
  return h("p", { class: "file" }, h("span", { "aria-hidden": "true" }, "📄"), h("a", { href: a.url, download: a.filename }, a.filename), h("span", { class: "small" }, size));
}

function components(list, m, ctx, act) {
  return (list ?? []).map((c) => component(c, m, ctx, act));
}

function component(c, m, ctx, act) {
  switch (c.type) {
    case 1:
      return h("div", { class: "row" }, components(c.components, m, ctx, act));
    case 2:
      return button(c, m, act);
    case 3: case 5: case 6: case 7: case 8:
      return select(c, m, ctx, act);
    case 9:
      return h("div", { class: "section" }, h("div", {}, components(c.components, m, ctx, act)), component(c.accessory, m, ctx, act));
    case 10:
      return h("div", { class: "text" }, markdown(c.content, ctx));
    case 11:
      return picture(mediaURL(c.media.url, m), m, "thumb");
    case 12:
      return h("div", { class: "gallery" }, c.items.map((it) => picture(mediaURL(it.media.url, m), m, "picture")));
    case 13:
      return h("p", { class: "file" }, h("a", { href: mediaURL(c.file.url, m), download: true }, c.file.url.replace("attachment://", "")));
    case 14:
      return h("hr", { class: c.divider === false ? "space" : "" });
    case 17:
      return h("section", { class: "embed container", style: c.accent_color ? { "--bar": hex(c.accent_color) } : {} }, components(c.components, m, ctx, act));
  }
  return null;
}

function mediaURL(url, m) {
  const name = url.replace("attachment://", "");
  return m.files.find((f) => f.url.endsWith(`/${name}`))?.url ?? url;
}

function button(c, m, act) {
  const label = [c.emoji?.name && h("span", { "aria-hidden": "true" }, c.emoji.name), c.label];
  const cls = `btn ${buttonKinds[c.style] ?? "style2"}`;
  if (c.style === 5) {
    const el = link(c.url, label, h("span", { "aria-hidden": "true" }, " ↗"));
    el.className = cls;
    return el;
  }
  return h("button", { type: "button", class: cls, disabled: c.disabled, "data-id": c.custom_id, "aria-label": c.label ? null : c.custom_id,
    onclick: (e) => act.click(m, c, e.currentTarget) }, label);
}

function select(c, m, ctx, act) {
  const options = c.type === 3 ? c.options : ctx.pickable(c);
  const chosen = options.filter((o) => o.default).map((o) => o.label).join(", ");
  const text = c.placeholder || "Make a choice";
  return h("button", { type: "button", class: "select", disabled: c.disabled, "data-id": c.custom_id, "aria-haspopup": "dialog",
    onclick: (e) => {
      const el = e.currentTarget;
      openPicker(text, options, c.min_values ?? 1, c.max_values ?? 1, (values) => act.select(m, c, values, el));
    } },
    h("span", { class: chosen ? "" : "holder" }, chosen || text), h("span", { class: "chevron", "aria-hidden": "true" }, "▾"));
}
