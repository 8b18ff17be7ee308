// Files from the reader to the kernel: in pieces, few in flight, each one acknowledged, so that a large file
// passes through the socket without filling anybody's memory.
const PIECE_BYTES = 768 * 1024;
const IN_FLIGHT = 2;
const SILENCE_MS = 60000;
const size = (bytes) => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB`
  : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

class Upload { // one file: begin, pieces, then the kernel reads it
  constructor(model, file, row) {
    Object.assign(this, { model, file, row, sent: 0, acknowledged: 0 });
    this.id = [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  run() {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.listen = (answer) => { if (answer?.upload === this.id) this.onAnswer(answer); };
      this.model.on("msg:custom", this.listen);
      this.watch();
      this.model.send({ kind: "begin", upload: this.id, name: this.file.name, size: this.file.size });
    });
  }

  watch() { // nothing heard for long: the connection is gone
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end("The connection was lost before the file arrived. Reload the page and drop it again."), SILENCE_MS);
  }

  async onAnswer(answer) {
    if (answer.kind === "refused") return this.end(answer.message);
    if (answer.kind === "done") return this.end("", answer.html);
    this.acknowledged = answer.received;
    this.row.progress(this.acknowledged / this.file.size);
    if (this.acknowledged >= this.file.size) { clearTimeout(this.timer); return this.row.say("Reading …"); }
    this.watch();
    try {
      while (this.sent < this.file.size && this.sent - this.acknowledged < IN_FLIGHT * PIECE_BYTES) {
        const offset = this.sent;
        this.sent = Math.min(offset + PIECE_BYTES, this.file.size); // before the await: answers overlap
        const piece = this.file.slice(offset, this.sent).arrayBuffer();
        this.queue = (this.queue || Promise.resolve()).then(async () =>
          this.model.send({ kind: "piece", upload: this.id, offset }, undefined, [await piece]));
        await this.queue;
      }
    } catch {
      this.model.send({ kind: "cancel", upload: this.id });
      this.end("The file could not be read. Was it moved or changed? Drop it again.");
    }
  }

  end(message, html) {
    clearTimeout(this.timer);
    this.model.off("msg:custom", this.listen);
    this.row.end(message, html);
    this.finish();
  }
}

function fileRow(list, file) {
  const item = element("li");
  const said = element("p", "", `Waiting, ${size(file.size)}`);
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  item.append(element("h3", "", file.name), said, bar);
  list.prepend(item);
  return {
    say: (text) => { said.textContent = text; },
    progress: (share) => { bar.value = share; said.textContent = `${Math.floor(100 * share)} % of ${size(file.size)}`; },
    end: (message, html) => {
      bar.remove();
      said.classList.toggle("wb-bad", Boolean(message));
      said.textContent = message || "";
      if (html) { said.remove(); const result = element("div", "wb-scroll"); result.innerHTML = html; item.append(result); }
      item.dataset.state = message ? "refused" : "done";
    },
  };
}

function refusal(model, file) { // the kernel checks again; here it spares the transfer
  const endings = model.get("endings");
  if (!endings.some((ending) => file.name.toLowerCase().endsWith(ending))) return `Only ${endings.join(" and ")} files can be read.`;
  if (file.size > model.get("max_bytes")) return `The file has ${size(file.size)}; up to ${size(model.get("max_bytes"))} can be read.`;
  return file.size === 0 ? "The file is empty." : "";
}

function render({ model, el: root }) {
  const zone = element("label", "wb-drop");
  const input = Object.assign(document.createElement("input"), { type: "file", multiple: true, accept: model.get("endings").join(",") });
  input.setAttribute("aria-label", "Choose Ads Manager exports to load");
  zone.append(element("b", "", "Drop Ads Manager exports here, or choose files"),
    element("small", "", `CSV or XLSX, several at once, up to ${size(model.get("max_bytes"))} each. They stay on this machine.`), input);
  const list = element("ul", "wb-files");
  list.setAttribute("aria-live", "polite");
  list.setAttribute("aria-label", "Files");
  root.append(zone, list);

  let queue = Promise.resolve();
  const take = (files) => {
    for (const file of files) {
      const row = fileRow(list, file);
      const message = refusal(model, file);
      if (message) row.end(message);
      else queue = queue.then(() => new Upload(model, file, row).run());
    }
  };
  input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("wb-over"); });
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("wb-over"));
  zone.addEventListener("drop", (event) => { event.preventDefault(); take([...event.dataTransfer.files]); });
}

export default { render };
