// Hands out scripts that came with this file instead of fetching each of them. JupyterLab's front end is cut
// into some ninety chunks and adds every one as a <script> of its own; here such a script runs from memory.
(() => {
  const scripts = {/* address: function */};
  const here = new URL(document.currentScript.src);
  const base = here.pathname.slice(0, here.pathname.indexOf("wb/front/"));

  const find = (node) => {
    const url = new URL(node.src, location.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(base)) return undefined;
    return scripts[url.pathname.slice(base.length)];
  };

  const run = (code, node) => {
    // Webpack asks where a script came from; for the length of the call it is this one.
    Object.defineProperty(document, "currentScript", { configurable: true, get: () => node });
    try {
      code.call(window);
    } finally {
      delete document.currentScript;
    }
    queueMicrotask(() => node.onload && node.onload(new Event("load")));
  };

  const append = Node.prototype.appendChild;
  document.head.appendChild = function (node) {
    if (node.tagName !== "SCRIPT") return append.call(this, node);
    if (!node.src) {
      // Extensions are added first and told their address afterwards.
      queueMicrotask(() => (node.src ? this.appendChild(node) : append.call(this, node)));
      return node;
    }
    const code = find(node);
    if (!code) return append.call(this, node);
    run(code, node);
    return node;
  };

  const first = document.createElement("script");
  first.src = `${base}voila/static/voila.js`;
  document.head.appendChild(first);
})();
