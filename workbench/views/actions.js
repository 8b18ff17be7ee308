// Copy link, Save as file, XLSX. The link is ready before the click, because a browser lets a page write to
// the clipboard only at once; files are made by the kernel at the click and fetched in pieces.
const PIECE_TIMEOUT_MS = 2500;
const isLoopback = () => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function address(fragment) {
  const search = new URLSearchParams(location.search);
  search.delete("token"); // a shared secret never travels in a link
  const query = search.toString();
  return location.origin + location.pathname + (query ? "?" + query : "") + (fragment ? "#" + fragment : "");
}

function button(text, onClick) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "wb-link";
  node.textContent = text;
  node.addEventListener("click", onClick);
  return node;
}

// Ask the kernel for one message and wait for the answer of the same kind and job; ask again when it got lost.
function request(model, job, message, { timeout = 0, buffers } = {}) {
  return new Promise((resolve, reject) => {
    let timer;
    const send = () => {
      model.send({ ...message, job }, undefined, buffers);
      if (timeout) timer = setTimeout(send, timeout);
    };
    const listen = (answer, pieces) => {
      if (answer?.job !== job) return;
      if (message.offset !== undefined && answer.offset !== message.offset && answer.kind !== "failed") return;
      clearTimeout(timer);
      model.off("msg:custom", listen);
      if (answer.kind === "failed") reject(new Error(answer.message)); else resolve([answer, pieces]);
    };
    model.on("msg:custom", listen);
    send();
  });
}

async function fetchFile(model, what) {
  const job = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const [file] = await request(model, job, { kind: "make", what });
  const pieces = [];
  for (let offset = 0; offset < file.size;) {
    const [, [piece]] = await request(model, job, { kind: "piece", offset }, { timeout: PIECE_TIMEOUT_MS });
    pieces.push(piece);
    offset += piece.byteLength;
    if (offset > 2e6) await sleep(600); // the server drops more than a megabyte a second
  }
  model.send({ kind: "done", job });
  return new File(pieces, file.name, { type: file.type });
}

function offer(file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function render({ model, el: root }) {
  root.classList.add("wb-bar");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Share this view");
  const said = document.createElement("p");
  said.className = "wb-said";
  said.setAttribute("role", "status");
  const say = (text, isBad = false) => { said.textContent = text; said.classList.toggle("wb-bad", isBad); };

  const copy = button("Copy link", async () => {
    const link = address(model.get("link"));
    const note = [model.get("note"), isLoopback() ? "This link opens only on this machine." : ""].filter(Boolean).join(" ");
    try {
      await navigator.clipboard.writeText(link);
      say(`Link copied. ${note}`);
    } catch { // no permission, or not a secure context: offer the text itself
      say(`Copy this link. ${note}`);
      const field = Object.assign(document.createElement("input"), { readOnly: true, value: link });
      field.setAttribute("aria-label", "Link to this view");
      said.append(field);
      field.focus();
      field.select();
    }
  });
  const saver = (label, what) => {
    const node = button(label, async () => {
      node.disabled = true;
      say("Making the file …");
      try {
        const file = await fetchFile(model, what);
        offer(file);
        say(`Saved ${file.name} (${Math.max(1, Math.round(file.size / 1000))} kB).`);
      } catch (error) {
        say(error.message, true);
      }
      node.disabled = !model.get("link");
      node.focus();
    });
    return node;
  };
  const buttons = [copy, ...model.get("offers").map(([what, label]) => saver(label, what))];
  root.append(...buttons, said);
  const update = () => { for (const node of buttons) node.disabled = !model.get("link"); say(""); };
  model.on("change:link", update);
  update();
  return () => model.off("change:link", update);
}

export default { render };
