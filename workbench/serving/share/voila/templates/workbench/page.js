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

  // A box shows its children one by one, each as an empty node at first; a spacer stays empty, hence the time.
  // Widgets that draw nothing, such as the address, say so by being hidden.
  const patience = 2000;
  const settle = (place, first) => {
    const view = place.querySelector(":scope > .lm-Widget > .lm-Widget");
    if (!view) return;
    first.dataset.since ??= String(performance.now());
    const whole = view.childElementCount > 0 && !view.querySelector(".lm-Widget:empty:not([hidden])");
    if (whole || performance.now() - Number(first.dataset.since) > patience) first.remove();
    else setTimeout(() => first.isConnected && settle(place, first), 25);
  };
  // ipywidgets draws a slider's handles without a name; they are called what the label beside them says.
  const nameHandles = () => {
    for (const handle of document.querySelectorAll(".noUi-handle[role=slider]:not([aria-label])")) {
      const label = handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent.trim();
      const twin = handle.closest(".noUi-base")?.querySelectorAll(".noUi-handle").length > 1;
      const end = handle.classList.contains("noUi-handle-lower") ? ", from" : ", to";
      if (label) handle.setAttribute("aria-label", label + (twin ? end : ""));
    }
  };
  // On a very busy machine the widgets' state can come too late for the first try; the kernel is asked once more.
  let tries = 0;
  let waiting = 0;
  const revive = () => {
    const lost = [...document.querySelectorAll(".wb-widget > .lm-Widget.jupyter-widgets")].some((host) =>
      host.textContent.startsWith("Error displaying widget"),
    );
    if (!lost) return;
    tries += 1;
    if (tries > 3) {
      show("This page did not come to life.");
      return;
    }
    window.jupyterapp?.widgetManager?.restoreWidgets();
    waiting = setTimeout(revive, 1500);
  };
  const settleAll = () => {
    nameHandles();
    clearTimeout(waiting);
    waiting = setTimeout(revive, 1000);
    for (const first of document.querySelectorAll(".wb-widget > .wb-first")) settle(first.parentElement, first);
  };
  new MutationObserver(settleAll).observe(document.getElementById("wb-main"), { childList: true, subtree: true });
})();
