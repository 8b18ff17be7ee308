// The limits of a plan: a table of items, a target, groups. What is typed is sent when the hand rests (asker.js); the
// kernel's answer never replaces what stands under the cursor.
let count = 0;
const REST_MS = 600;

const joined = (names) => names.map((name) => name.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");

function render({ model, el: root }) {
  root.classList.add("wb-plan-limits");
  const ask = asker(model, root, () => sync());
  const prefix = `wb-limits-${++count}-${Math.random().toString(36).slice(2, 8)}`;
  const details = el("details", { className: "wb-plan wb-limits" });
  const gist = el("span", {}), body = el("div", {}), said = el("p", { className: "wb-said", role: "alert", id: `${prefix}-why` });
  details.append(el("summary", {}, el("b", {}, "Limits"), gist), body, said);
  root.replaceChildren(details);
  let shape = "", fields = new Map(), waiting = {}, timer = 0;

  const send = () => { clearTimeout(timer); if (Object.keys(waiting).length) { ask(waiting); waiting = {}; } };
  const later = (key, value) => { waiting[key] = value; clearTimeout(timer); timer = setTimeout(send, REST_MS); };
  const now = (patch) => { Object.assign(waiting, patch); send(); };

  const input = (key, label, props = {}) => {
    const node = el("input", { type: "text", className: "wb-in", autocomplete: "off", spellcheck: false, inputMode: "decimal", "aria-label": label, id: `${prefix}-${fields.size}`, ...props });
    node.dataset.key = key;
    node.addEventListener("input", () => later(key, node.value));
    node.addEventListener("change", () => now({ [key]: node.value }));
    fields.set(key, node);
    return node;
  };
  const check = (key, words, onChange) => {
    const box = el("input", { type: "checkbox", id: `${prefix}-${fields.size}` });
    box.addEventListener("change", onChange);
    fields.set(key, box);
    return el("label", { htmlFor: box.id }, box, words);
  };

  const table = (spec) => {
    const head = (words, css = "") => el("th", { scope: "col", className: css }, words);
    const rows = spec.items.map((item) => el("tr", {},
      el("th", { scope: "row" }, item.name, el("small", {}, `now ${item.today}`)),
      el("td", { className: "wb-today" }, item.today),
      ...[["least", "At least"], ["most", "At most"], ["change", "Least change"]].map(([part, words]) =>
        el("td", {}, input(`${part}:${item.name}`, `${words}, ${item.name}`, part === "most" ? { placeholder: item.top } : {})))));
    return el("table", {}, el("thead", {}, el("tr", {}, head("Item", "wb-who"), head(`Today, a ${spec.period}`, "wb-today"),
      head("At least"), head("At most"), head("Leave, or change by"))), el("tbody", {}, ...rows));
  };
  const target = (spec) => {
    const select = el("select", { "aria-label": "Target" }, ...spec.targets.map(([value, words]) => el("option", { value }, words)));
    select.addEventListener("change", () => now({ target_kind: select.value }));
    fields.set("target_kind", select);
    return el("fieldset", { className: "wb-set" }, el("legend", {}, "Target"), select, input("target", "Value of the target"));
  };
  const group = (spec, k) => {
    const names = spec.items.map((item) => item.name);
    const chosen = () => names.filter((_, i) => fields.get(`group:${k}:item:${i}`).checked);
    const boxes = names.map((name, i) => check(`group:${k}:item:${i}`, name, () => now({ [`group:${k}:items`]: joined(chosen()) })));
    const drop = el("button", { type: "button", "aria-label": `Remove group ${k + 1}` }, "Remove");
    drop.addEventListener("click", () => now({ drop_group: String(k) }));
    return el("fieldset", { className: "wb-set" }, el("legend", {}, `Group ${k + 1}`),
      input(`group:${k}:name`, `Name of group ${k + 1}`, { placeholder: "name", inputMode: "text", className: "wb-in wb-words" }),
      ...boxes, el("label", {}, "at least ", input(`group:${k}:least`, `At least, group ${k + 1}`)),
      el("label", {}, "at most ", input(`group:${k}:most`, `At most, group ${k + 1}`)), el("span", {}, `${spec.unit} together`), drop);
  };
  const build = (spec) => {
    fields = new Map();
    const add = el("button", { type: "button" }, "Add a group");
    add.addEventListener("click", () => now({ add_group: "1" }));
    const clear = el("button", { type: "button" }, "Clear all limits");
    clear.addEventListener("click", () => now({ clear_limits: "1" }));
    const beyond = check("beyond", `Let items spend more than was ever seen in a ${spec.period}`, (event) => now({ beyond: event.target.checked ? "1" : "" }));
    const worth = spec.worth_words ? [el("div", { className: "wb-set" }, el("label", {}, spec.worth_words, input("worth", spec.worth_words)), el("span", {}, "to price experiments in currency"))] : [];
    body.replaceChildren(table(spec), target(spec), ...spec.groups.map((_, k) => group(spec, k)),
      el("div", { className: "wb-set" }, beyond), ...worth, el("div", { className: "wb-set" }, add, clear));
  };
  const put = (key, value) => {
    const node = fields.get(key);
    if (node && node !== document.activeElement && !(key in waiting)) node.value = value;
  };
  const sync = () => {
    if (ask.isAhead()) return; // the answer to what was done since is to come
    const spec = model.get("spec");
    root.hidden = !spec.items;
    if (!spec.items) return;
    const next = JSON.stringify([spec.items.map((item) => [item.name, item.today, item.top]), spec.groups.length, spec.period, spec.unit, spec.targets, spec.worth_words]);
    const held = document.activeElement?.dataset?.key;
    if (next !== shape) {
      build(spec);
      shape = next;
      if (held && fields.has(held)) fields.get(held).focus();
    }
    for (const item of spec.items) for (const part of ["least", "most", "change"]) {
      put(`${part}:${item.name}`, item[part]);
      fields.get(`${part}:${item.name}`).disabled = item.locked;
    }
    put("target_kind", spec.target_kind);
    put("target", spec.target);
    put("worth", spec.worth);
    fields.get("target").disabled = !spec.target_kind;
    fields.get("beyond").checked = spec.beyond;
    spec.groups.forEach((one, k) => {
      for (const part of ["name", "least", "most"]) put(`group:${k}:${part}`, one[part]);
      spec.items.forEach((item, i) => { fields.get(`group:${k}:item:${i}`).checked = one.items.includes(item.name); });
    });
    gist.textContent = spec.gist;
    judge();
  };
  const judge = () => {
    const errors = model.get("errors");
    for (const node of fields.values()) { node.removeAttribute("aria-invalid"); node.removeAttribute("aria-describedby"); }
    said.textContent = Object.values(errors).join(" ");
    for (const key of Object.keys(errors)) {
      const node = fields.get(key);
      if (!node) continue;
      details.open = true;
      node.setAttribute("aria-invalid", "true");
      node.setAttribute("aria-describedby", said.id);
    }
  };
  model.on("change:spec", sync);
  model.on("change:errors", judge);
  sync();
  if (model.get("spec").is_set) details.open = true;
  return () => { clearTimeout(timer); model.off("change:spec", sync); model.off("change:errors", judge); ask.stop(); };
}

export default { render };
