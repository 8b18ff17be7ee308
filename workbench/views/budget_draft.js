// One button that turns the plan into a draft, and what came of it.
function render({ model, el: root }) {
  root.classList.add("wb-draft");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "wb-act" });
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  button.addEventListener("click", () => {
    button.disabled = true;
    said.textContent = "Writing the draft …";
    model.send({ kind: "draft" });
  });
  const update = () => {
    root.hidden = !model.get("label");
    button.textContent = model.get("label");
    button.disabled = !model.get("enabled");
    said.textContent = model.get("said");
    said.classList.toggle("wb-bad", model.get("bad"));
  };
  const names = ["label", "enabled", "said", "bad", "stamp"];
  for (const name of names) model.on(`change:${name}`, update);
  root.append(button, said);
  update();
  return () => { for (const name of names) model.off(`change:${name}`, update); };
}

export default { render };
