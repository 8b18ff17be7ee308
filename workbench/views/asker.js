// Read in front of a widget's own script: an element in one call, and a reader's acts as patches to the kernel, one
// at a time; while an answer is under way further acts are gathered, so that nobody waits for a state that has passed.
const el = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key in node && !key.includes("-")) node[key] = value; else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
};

function asker(model, root, rest = () => {}) {
  let waiting = null, busy = false;
  const flush = () => {
    if (busy || !waiting) return;
    busy = true;
    root.setAttribute("aria-busy", "true");
    model.send({ kind: "ask", patch: waiting });
    waiting = null;
  };
  const answered = (message) => {
    if (message?.kind !== "answered") return;
    busy = false;
    root.removeAttribute("aria-busy");
    flush();
    if (!busy) rest(); // what was passed over meanwhile may be what holds
  };
  model.on("msg:custom", answered);
  const ask = (patch) => { waiting = { ...waiting, ...patch }; flush(); };
  // Whether the reader has acted since the last patch went out: what comes now answers a state that has passed.
  ask.isAhead = () => waiting !== null;
  ask.stop = () => model.off("msg:custom", answered);
  return ask;
}
