// Two-way: the address's fragment -> kernel (asked), kernel -> the address's fragment (shown).
// Nothing is drawn, but it has to be part of the page. In the lab the address belongs to the lab, so there it is left alone.
const inLab = () => document.querySelector(".jp-NotebookPanel") !== null;

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; } // malformed: hand it on as it stands
}

function readFragment() {
  const text = location.hash.slice(1);
  if (!text.includes("=")) return {}; // a plain anchor such as #table
  const filters = {};
  for (const part of text.split("&")) {
    if (!part) continue;
    const at = part.indexOf("=");
    const key = decode(at < 0 ? part : part.slice(0, at));
    filters[key] = at < 0 ? "" : decode(part.slice(at + 1));
  }
  return filters;
}

const encode = (text) => encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":");

function fragmentText(filters) {
  return Object.entries(filters).map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
}

// Only once it is shown: before, the page's other widgets may not be listening yet, and would miss the answer.
function render({ model, el }) {
  el.hidden = true;
  const narrow = matchMedia("(max-width: 760px)");
  const isLoopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
  const ask = (filters) => model.send({ kind: "ask", filters });
  const sayPlace = () => {
    model.set("place", { loopback: isLoopback, width: narrow.matches ? "narrow" : "wide" });
    model.save_changes();
  };
  const onHash = () => ask(readFragment());
  const onShown = () => {
    if (inLab()) return;
    const text = fragmentText(model.get("shown"));
    history.replaceState(history.state, "", location.pathname + location.search + (text ? "#" + text : ""));
  };
  sayPlace();
  narrow.addEventListener("change", sayPlace);
  model.on("change:shown", onShown);
  if (!inLab()) {
    window.addEventListener("hashchange", onHash);
    const filters = readFragment();
    // The address wins over what a preheated kernel shows; an empty one leaves everything as it is.
    if (Object.keys(filters).length) ask(filters);
    else if (Object.keys(model.get("shown")).length) onShown();
  }
  return () => {
    window.removeEventListener("hashchange", onHash);
    narrow.removeEventListener("change", sayPlace);
    model.off("change:shown", onShown);
  };
}

export default { render };
