// A modal: a form that the bot opened.
import { $, h } from "./dom.js";
import { post } from "./api.js";

export function openForm(modal, user, done) {
  const box = $("modal");
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const fields = modal.inputs.map((f) => field(f));
  const send = h("button", { type: "submit", class: "btn style1" }, "Submit");
  const form = h("form", { novalidate: true, onsubmit: async (e) => {
    e.preventDefault();
    const wrong = fields.find((f) => f.problem());
    error.hidden = !wrong;
    if (wrong) {
      error.textContent = wrong.problem();
      wrong.input.focus();
      return;
    }
    send.disabled = true;
    try {
      const values = Object.fromEntries(fields.map((f) => [f.id, f.input.value]));
      const answer = await post("submit", { user, interaction: modal.interaction, fields: values });
      box.close();
      done(answer);
    } catch (err) {
      error.textContent = err.message;
      error.hidden = false;
      send.disabled = false;
    }
  } },
    h("h2", { id: "modal-title" }, modal.title), fields.map((f) => f.el), error,
    h("div", { class: "buttons" }, h("button", { type: "button", class: "btn style2", onclick: () => box.close() }, "Cancel"), send));
  box.replaceChildren(form);
  box.showModal();
  fields[0]?.input.focus();
}

function field(f) {
  const id = `field-${f.id}`;
  const input = h(f.paragraph ? "textarea" : "input", { id, name: f.id, placeholder: f.placeholder, maxlength: String(f.max), required: f.required,
    "aria-describedby": `${id}-count`, rows: f.paragraph ? "4" : null, type: f.paragraph ? null : "text", spellcheck: "false", autocomplete: "off" });
  input.value = f.value;
  const count = h("span", { class: "small", id: `${id}-count` });
  const show = () => {
    count.textContent = f.max < 4000 ? `${[...input.value].length} of ${f.max}` : "";
  };
  input.addEventListener("input", show);
  show();
  const el = h("div", { class: "form-field" },
    h("label", { for: id }, f.label, f.required && h("span", { class: "need", "aria-hidden": "true" }, " *")),
    f.description && h("p", { class: "small" }, f.description), input, count);
  const problem = () => {
    const n = [...input.value].length;
    if (!n && f.required) return `${f.label}: please fill this in.`;
    if (n && n < f.min) return `${f.label}: at least ${f.min} characters.`;
    if (n > f.max) return `${f.label}: at most ${f.max} characters.`;
    return "";
  };
  return { id: f.id, el, input, problem };
}
