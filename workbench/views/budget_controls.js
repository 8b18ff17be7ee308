// Total, caution, largest step, locks. Every act sends a patch at once (asker.js); what the kernel answers is set
// unless the reader holds it.
let count = 0;

const joined = (names) => names.map((name) => name.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");

function amountWriter(spec) {
  const digits = spec.usual >= 1000 ? 0 : 2;
  const format = { maximumFractionDigits: digits, minimumFractionDigits: digits };
  if (spec.currency) Object.assign(format, { style: "currency", currency: spec.currency });
  const write = new Intl.NumberFormat(spec.locale, format);
  return (amount) => `${write.format(amount)} a ${spec.period}`;
}

function sliderNode(id, name, ends, range, onInput) {
  const output = el("output", { htmlFor: id });
  const input = el("input", { id, type: "range", ...range });
  input.addEventListener("input", () => onInput(input.value));
  const low = el("span", {}, ends[0]), high = el("span", {}, ends[1]);
  const node = el("div", { className: "wb-knob" }, el("label", { htmlFor: id }, el("span", {}, name), output),
    input, el("small", {}, low, high));
  const set = (value, words) => {
    if (document.activeElement === input && input.value !== value) return; // held, and its answer is still to come
    input.value = value;
    say(words);
  };
  const say = (words) => {
    const at = (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min) || 1);
    input.style.setProperty("--at", `${(100 * at).toFixed(1)}%`);
    output.textContent = words;
    input.setAttribute("aria-valuetext", words);
  };
  return { node, input, set, say };
}

function selectNode(id, name, options, onChange) {
  const select = el("select", { id }, ...options.map(([value, words]) => el("option", { value }, words)));
  select.addEventListener("change", () => onChange(select.value));
  return { node: el("div", { className: "wb-knob" }, el("label", { htmlFor: id }, name), select), select };
}

function locksNode(prefix, names, onChange) {
  const boxes = names.map((name, k) => {
    const box = el("input", { type: "checkbox", id: `${prefix}-lock-${k}`, value: name });
    box.addEventListener("change", () => onChange(boxes.filter((b) => b.checked).map((b) => b.value)));
    return box;
  });
  const labels = boxes.map((box) => el("label", { htmlFor: box.id }, box, box.value));
  return { node: el("fieldset", { className: "wb-locks" }, el("legend", {}, "Keep as it is"), ...labels), boxes };
}

function render({ model, el: root }) {
  root.classList.add("wb-plan");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "What the plan has to keep");
  const ask = asker(model, root, () => sync());
  const prefix = `wb-plan-${++count}-${Math.random().toString(36).slice(2, 8)}`;
  const said = el("p", { className: "wb-said", role: "alert" });
  let shape = "", parts = null;

  const cautionWords = (weight) => weight === 0 ? "the mean counts" : weight === 100 ? "only the worst tenth counts" : `worst tenth counts ${weight} %`;
  const build = (spec) => {
    const amount = amountWriter(spec);
    const totalWords = (percent) => amount(spec.usual * (1 + percent / 100)) + (percent ? ` (${percent > 0 ? "+" : "−"}${Math.abs(percent)} %)` : spec.as_usual);
    const total = sliderNode(`${prefix}-total`, "Total", [`−${-spec.least} %`, `+${spec.most} %`],
      { min: spec.least, max: spec.most, step: 1 }, (value) => { total.say(totalWords(Number(value))); ask({ percent: value }); });
    const caution = sliderNode(`${prefix}-caution`, "Caution", ["mean", "worst tenth"],
      { min: 0, max: 100, step: 10 }, (value) => { caution.say(cautionWords(Number(value))); ask({ caution: value }); });
    const step = selectNode(`${prefix}-step`, "Largest step of an item", spec.steps, (value) => ask({ step: value }));
    const periods = selectNode(`${prefix}-periods`, "Plan for", spec.several, (value) => ask({ periods: value }));
    const run = spec.runs.length > 1 ? selectNode(`${prefix}-run`, "Model", spec.runs, (value) => ask({ run: value })) : null;
    const locks = locksNode(prefix, spec.items, (names) => ask({ lock: joined(names) }));
    if (run) run.node.style.gridColumn = "1/-1";
    root.replaceChildren(el("div", { className: "wb-knobs" }, ...(run ? [run.node] : []), total.node, caution.node, step.node, periods.node, locks.node), said);
    parts = { total, caution, step, periods, run, locks, totalWords };
  };
  const sync = () => {
    if (ask.isAhead()) return; // the answer to what was done since is to come
    const spec = model.get("spec");
    root.hidden = !spec.items;
    if (!spec.items) return;
    const now = JSON.stringify([spec.runs, spec.items, spec.usual, spec.least, spec.most, spec.currency, spec.period]);
    if (now !== shape) { build(spec); shape = now; }
    const percent = Number(spec.percent);
    parts.total.set(spec.percent, spec.total_words || parts.totalWords(percent));
    parts.caution.input.disabled = !spec.can_be_cautious;
    parts.caution.set(spec.caution, spec.can_be_cautious ? cautionWords(Number(spec.caution)) : "not with S-shaped curves");
    parts.step.select.value = spec.step;
    parts.periods.select.value = spec.periods;
    if (parts.run) parts.run.select.value = spec.run;
    for (const box of parts.locks.boxes) box.checked = spec.locks.includes(box.value);
  };
  const judge = () => { said.textContent = model.get("error"); };
  model.on("change:spec", sync);
  model.on("change:error", judge);
  sync();
  judge();
  return () => { model.off("change:spec", sync); model.off("change:error", judge); ask.stop(); };
}

export default { render };
