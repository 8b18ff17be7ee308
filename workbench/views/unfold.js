// A block that is computed when it is opened: the kernel is asked once, and again whenever its view has changed.
function render({ model, el }) {
  const details = document.createElement("details");
  details.className = "wb-block wb-card wb-unfold";
  const summary = document.createElement("summary");
  const inner = document.createElement("div");
  details.append(summary, inner);
  el.replaceChildren(details);
  const ask = () => {
    inner.setAttribute("aria-busy", "true");
    model.send({ kind: "open" });
  };
  const onTitle = () => { summary.innerHTML = model.get("title_html"); };
  const onHtml = () => {
    const html = model.get("html");
    if (html) {
      inner.innerHTML = html;
      inner.removeAttribute("aria-busy");
    } else if (details.open) {
      ask();
    } else {
      inner.innerHTML = model.get("waiting_html");
    }
  };
  details.addEventListener("toggle", () => { if (details.open && !model.get("html")) ask(); });
  model.on("change:title_html", onTitle);
  model.on("change:html", onHtml);
  onTitle();
  onHtml();
  return () => { model.off("change:title_html", onTitle); model.off("change:html", onHtml); };
}
export default { render };
