// A form whose fields the kernel describes (spec) and judges (errors). Every act sends a patch at once (asker.js).
let count = 0;

function fieldNode(field, ask, id) {
  const input = field.options
    ? el("select", { id }, ...field.options.map((o) => el("option", { value: o.value, selected: o.value === field.value }, o.label)))
    : el("input", { id, type: "text", value: field.value, autocomplete: "off", spellcheck: false,
        inputMode: field.numeric ? "decimal" : "text", placeholder: field.placeholder || "" });
  input.dataset.key = field.key;
  input.classList.add("wb-in");
  if (field.numeric) input.classList.add("wb-figures");
  input.addEventListener(field.options ? "change" : "input", () => ask({ [field.key]: input.value }));
  const unit = field.unit ? [el("span", { className: "wb-unit", "aria-hidden": "true" }, field.unit)] : [];
  return el("div", { className: "wb-field" + (field.wide ? " wb-whole" : "") },
    el("label", { htmlFor: id, title: field.hint || "" }, field.label, ...(field.spoken ? [el("span", { className: "wb-hidden" }, " " + field.spoken)] : [])),
    el("span", { className: "wb-box" }, input, ...unit));
}

function groupNode(group, ask, prefix) {
  const fields = el("div", { className: "wb-fields" }, ...group.fields.map((f) => fieldNode(f, ask, `${prefix}-${f.key.replace(/\W/g, "-")}`)));
  if (group.folded) {
    const details = el("details", { className: "wb-fold" }, el("summary", {}, group.title), fields);
    details.open = group.open;
    details.dataset.group = group.key;
    return details;
  }
  const head = [el("legend", {}, group.title)];
  const remove = [];
  if (group.remove) {
    const button = el("button", { type: "button", className: "wb-remove", "aria-label": `Remove ${group.title}`, title: `Remove ${group.title}` }, "×");
    button.addEventListener("click", () => ask({ remove: group.remove }));
    remove.push(button);
  }
  return el("fieldset", { className: "wb-group" + (group.arm ? " wb-arm" : "") }, ...head, ...remove, fields);
}

function render({ model, el: root }) {
  root.classList.add("wb-form");
  const ask = asker(model, root);
  const prefix = `wb-form-${++count}-${Math.random().toString(36).slice(2, 8)}`;
  const wide = matchMedia("(min-width: 1000px)");
  let isOpen = null; // what the reader chose; until then the width decides
  const said = el("p", { className: "wb-said wb-bad", role: "alert" });

  const build = () => {
    const spec = model.get("spec");
    const focused = root.contains(document.activeElement) ? document.activeElement.dataset?.key : null;
    const groups = spec.groups.map((g) => groupNode(g, ask, prefix));
    const buttons = (spec.buttons || []).map((b) => {
      const node = el("button", { type: "button", className: b.strong ? "wb-act" : "wb-link", disabled: !!b.disabled }, b.label);
      node.dataset.key = b.key;
      node.addEventListener("click", () => ask({ [b.key]: b.value ?? "1" }));
      return node;
    });
    const at = spec.buttons_after ?? groups.length;
    const inner = [...groups.slice(0, at), ...(buttons.length ? [el("div", { className: "wb-buttons" }, ...buttons)] : []), ...groups.slice(at), said];
    if (spec.title) {
      const details = el("details", { className: "wb-sheet" }, el("summary", {}, el("h2", { className: "wb-head" }, spec.title),
        el("span", { className: "wb-gist" }, spec.gist || "")), ...inner);
      details.open = isOpen ?? wide.matches;
      details.querySelector("summary").addEventListener("click", () => { isOpen = !details.open; });
      root.replaceChildren(details);
    } else {
      root.replaceChildren(...inner);
    }
    if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    judge();
  };
  const judge = () => {
    const errors = model.get("errors");
    said.textContent = errors[""] || "";
    for (const input of root.querySelectorAll("[data-key]")) {
      const words = errors[input.dataset.key];
      const id = input.id + "-why";
      const field = input.closest(".wb-field");
      let why = field?.querySelector(".wb-why-not");
      if (words && field) {
        if (!why) { why = el("p", { className: "wb-why-not", id }); field.append(why); }
        if (why.textContent !== words) why.textContent = words;
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", id);
        const fold = input.closest(".wb-fold");
        if (fold) fold.open = true;
      } else {
        why?.remove();
        input.removeAttribute("aria-invalid");
        input.removeAttribute("aria-describedby");
      }
    }
  };
  const onGist = () => { const gist = root.querySelector(".wb-gist"); if (gist) gist.textContent = model.get("gist"); };
  const onWidth = () => { const sheet = root.querySelector(".wb-sheet"); if (sheet && isOpen === null) sheet.open = wide.matches; };
  wide.addEventListener("change", onWidth);
  model.on("change:spec", build);
  model.on("change:errors", judge);
  model.on("change:gist", onGist);
  build();
  onGist();
  return () => {
    wide.removeEventListener("change", onWidth);
    model.off("change:spec", build); model.off("change:errors", judge); model.off("change:gist", onGist);
    ask.stop();
  };
}

export default { render };
