// A row of filters in native controls. The kernel describes it (view); each act sends a patch, one at a time
// (asker.js).
const join = (values) => values.map((v) => v.replace(/%/g, "%25").replace(/,/g, "%2C")).join(",");
let count = 0;

function later(act, ms = 350) { // several quick acts of one hand count as one
  let timer;
  return (...args) => { clearTimeout(timer); timer = setTimeout(() => act(...args), ms); };
}

function onceFor(act) { // act again only when the value has changed, so that focus and scroll stay
  let last;
  return (value) => {
    const text = JSON.stringify(value);
    if (text !== last) act(value);
    last = text;
  };
}

function selectChip(name, onPick) {
  const select = el("select", { "aria-label": name });
  select.addEventListener("change", () => onPick(select.value));
  const node = el("label", { className: "wb-chip" }, el("span", {}, name), select);
  const rebuild = onceFor((options) =>
    select.replaceChildren(...options.map((o) => el("option", { value: o.value }, o.label))));
  return { node, update(options, value) { rebuild(options); select.value = value; } };
}

function panelChip(name) { // a button that opens a panel in the top layer; Escape and clicks outside close it
  const id = `wb-panel-${++count}-${Math.random().toString(36).slice(2, 8)}`;
  const value = el("b", { id: id + "-value" });
  const button = el("button", { type: "button", className: "wb-chip" }, el("span", {}, name), value);
  const panel = el("div", { id, className: "wb-panel", popover: "auto", role: "dialog", "aria-label": name });
  button.setAttribute("popovertarget", id);
  button.setAttribute("aria-haspopup", "dialog");
  const place = () => {
    const at = button.getBoundingClientRect();
    const width = panel.offsetWidth, height = panel.offsetHeight;
    panel.style.left = Math.max(14, Math.min(at.left, innerWidth - width - 14)) + "px";
    const below = at.bottom + 4;
    panel.style.top = (below + height > innerHeight - 8 ? Math.max(8, innerHeight - height - 8) : below) + "px";
  };
  panel.addEventListener("toggle", (event) => {
    const method = event.newState === "open" ? "addEventListener" : "removeEventListener";
    window[method]("scroll", place, true);
    window[method]("resize", place);
    if (event.newState === "open") { place(); panel.querySelector("input, button")?.focus(); }
  });
  return { node: el("span", { style: "display:contents" }, button, panel), panel, value };
}

function dateChip(ask, locale) {
  const chip = panelChip("Dates");
  const [from, to] = ["From", "To"].map((word) => el("input", { type: "date", "aria-label": word }));
  const offers = el("div", { className: "wb-presets", role: "group", "aria-label": "Usual dates" });
  const said = el("p", { className: "wb-said wb-bad", role: "alert" });
  const pick = later(() => {
    said.textContent = "";
    if (!from.value || !to.value || from.value < "2000" || to.value < "2000") return; // still typing
    if (from.value > to.value) { said.textContent = "The first day is after the last one."; return; }
    ask({ from: from.value, to: to.value });
  });
  from.addEventListener("change", pick);
  to.addEventListener("change", pick);
  chip.panel.append(offers, el("div", { className: "wb-dates" },
    el("label", {}, "From", from), el("label", {}, "To", to)), said);
  const words = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const rebuild = onceFor((list) => offers.replaceChildren(...list.map((offer) => {
    const button = el("button", { type: "button", className: "wb-chip" }, offer.label);
    button.addEventListener("click", () => { chip.panel.hidePopover(); ask({ from: offer.from, to: offer.to }); });
    return button;
  })));
  return { node: chip.node, update(view) {
    rebuild(view.presets);
    from.value = view.from; to.value = view.to; said.textContent = "";
    chip.value.textContent = words.formatRange(new Date(view.from), new Date(view.to));
  } };
}

function choiceChip(name, key, ask) {
  const chip = panelChip(name);
  const search = el("input", { type: "search", "aria-label": `Search ${name.toLowerCase()}`, placeholder: "Search" });
  const list = el("div", { role: "group", "aria-label": name });
  const clear = el("button", { type: "button", className: "wb-link" }, "Show all");
  const boxes = () => [...list.querySelectorAll("input")];
  const send = later(() => ask({ [key]: join(boxes().filter((box) => box.checked).map((box) => box.value)) }));
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const row of list.children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  list.addEventListener("change", send);
  clear.addEventListener("click", () => { for (const box of boxes()) box.checked = false; send(); });
  chip.panel.append(search, list, clear);
  const rebuild = onceFor((options) => list.replaceChildren(...options.map((o) => el("label", { className: "wb-choice" },
    el("input", { type: "checkbox", value: o.value }), el("span", {}, o.label)))));
  return { node: chip.node, update({ options, chosen }) {
    rebuild(options);
    search.hidden = options.length < 8;
    for (const box of boxes()) box.checked = chosen.includes(box.value);
    const first = options.find((o) => o.value === chosen[0])?.label;
    chip.value.textContent = chosen.length === 0 ? "all" : chosen.length === 1 ? first : `${chosen.length} of ${options.length}`;
  } };
}

function render({ model, el: root }) {
  root.classList.add("wb-bar");
  root.setAttribute("role", "search");
  root.setAttribute("aria-label", "Filters");
  const ask = asker(model, root);
  const account = selectChip("Account", (value) => { const [network, id] = JSON.parse(value); ask({ network, account: id }); });
  const dates = dateChip(ask, model.get("locale"));
  const compare = selectChip("Compare", (value) => ask({ compare: value }));
  const result = selectChip("Results", (value) => ask({ result: value }));
  const grain = selectChip("Level", (value) => ask({ grain: value }));
  const choices = new Map();
  const more = el("span", { style: "display:contents" });
  const pinned = el("button", { type: "button", className: "wb-chip wb-pinned" });
  pinned.addEventListener("click", () => ask({ as_of: "" }));
  const said = el("p", { className: "wb-said wb-bad", role: "alert" });
  root.append(account.node, dates.node, compare.node, result.node, grain.node, more, pinned, said);

  const update = () => {
    const view = model.get("view");
    root.hidden = !view.accounts;
    if (!view.accounts) return;
    account.update(view.accounts, view.account);
    dates.update(view);
    compare.update(view.compares, view.compare);
    result.update(view.results, view.result);
    result.node.style.display = view.results.length < 2 ? "none" : "";
    grain.update(view.grains, view.grain);
    for (const choice of view.choices) {
      if (!choices.has(choice.key)) choices.set(choice.key, choiceChip(choice.label, choice.key, ask));
      choices.get(choice.key).update(choice);
    }
    const nodes = view.choices.map((choice) => choices.get(choice.key).node);
    if (nodes.length !== more.children.length || nodes.some((node, i) => node !== more.children[i])) more.replaceChildren(...nodes);
    pinned.hidden = !view.as_of;
    pinned.style.display = view.as_of ? "" : "none";
    pinned.replaceChildren("As believed ", el("b", {}, view.as_of || ""), " · show today's");
  };
  const sayError = () => { said.textContent = model.get("error"); update(); };
  model.on("change:view", update);
  model.on("change:error", sayError);
  update();
  sayError();
  return () => { model.off("change:view", update); model.off("change:error", sayError); ask.stop(); };
}

export default { render };
