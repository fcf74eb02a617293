// The list that a select opens.
import { $, h } from "./dom.js";

export function openPicker(title, options, least, most, done) {
  const box = $("picker");
  const multiple = most > 1;
  const picked = new Set(options.filter((o) => o.default && multiple).map((o) => o.value));
  const list = h("div", { class: "choices", role: "group", "aria-labelledby": "picker-title" });
  const ok = h("button", { type: "button", class: "btn style1", onclick: () => finish([...picked]) }, "Choose");
  const finish = (values) => {
    box.close();
    if (values) done(values);
  };
  const check = () => {
    ok.disabled = picked.size < least || picked.size > most;
  };
  const fill = (needle) => {
    const hits = options.filter((o) => o.label.toLowerCase().includes(needle.toLowerCase()));
    list.replaceChildren(...hits.map(line));
    if (!hits.length) list.replaceChildren(h("p", { class: "small" }, "Nothing matches."));
  };
  const line = (o) => {
    const words = [h("span", { class: "choice-name" }, o.emoji?.name && `${o.emoji.name} `, o.label), o.description && h("span", { class: "small" }, o.description)];
    if (!multiple) return h("button", { type: "button", class: o.default ? "choice chosen" : "choice", onclick: () => finish([o.value]) }, words);
    const tick = h("input", { type: "checkbox", checked: picked.has(o.value), onchange: (e) => {
      if (e.target.checked) picked.add(o.value);
      else picked.delete(o.value);
      check();
    } });
    return h("label", { class: "choice" }, tick, h("span", {}, words));
  };
  fill("");
  check();
  box.replaceChildren(
    h("h2", { id: "picker-title" }, title),
    options.length > 8 ? h("input", { type: "search", placeholder: "Filter", "aria-label": "Filter the choices", oninput: (e) => fill(e.target.value) }) : "",
    multiple ? h("p", { class: "small" }, least === most ? `Pick ${least}` : `Pick ${least} to ${Math.min(most, options.length)}`) : "",
    list,
    h("div", { class: "buttons" }, h("button", { type: "button", class: "btn style2", onclick: () => finish(null) }, "Cancel"), multiple && ok));
  box.showModal();
}
