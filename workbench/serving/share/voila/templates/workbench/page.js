// What every page does before any widget is there: notice new data, notice a kernel that went to sleep, and
// take away a widget's first picture when the widget itself stands in its place.
(() => {
  const meta = document.querySelector('meta[name="wb-version"]');
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const notice = document.getElementById("wb-notice");
  const every = 6000;
  let shown = "";

  const show = (words) => {
    if (shown === words) return;
    shown = words;
    const text = document.createElement("span");
    text.textContent = words + " ";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Refresh";
    button.addEventListener("click", () => location.reload());
    notice.replaceChildren(text, button);
  };

  const look = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(`${config.baseUrl}wb/version?kernel=${encodeURIComponent(config.kernelId)}`);
      if (!answer.ok) return;
      const now = await answer.json();
      if (now.version !== meta.content) show("New data has been loaded.");
      else if (!now.awake) show("This page has been idle for a while and went to sleep.");
    } catch {
      // The server is away for the moment; the next look will tell.
    }
  };
  setInterval(look, every);
  document.addEventListener("visibilitychange", look);

  const attached = new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        const place = node.nodeType === 1 && node.closest(".wb-widget");
        const first = place && place.querySelector(":scope > .wb-first");
        if (first && !first.contains(node) && place.querySelector(":scope > .lm-Widget .jupyter-widgets, :scope > .lm-Widget [data-wb-ready]")) {
          first.remove();
        }
      }
    }
  });
  attached.observe(document.getElementById("wb-main"), { childList: true, subtree: true });
})();
