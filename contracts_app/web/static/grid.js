// Spreadsheet habits in a table of inputs: arrows, Enter, Ctrl+D, Ctrl+S, and pasting a block.
// Works on plain inputs; without this module the grid is still a form. No figure is computed here.

const cells = (grid) => [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-column]")]);

function place(grid, input) {
  const rows = cells(grid);
  const row = rows.findIndex((line) => line.includes(input));
  return { rows, row, column: row < 0 ? -1 : rows[row].indexOf(input) };
}

function go(rows, row, column) {
  const target = rows[row]?.[column];
  if (target) {
    target.focus();
    if (target instanceof HTMLInputElement) target.select();
  }
  return Boolean(target);
}

function changed(input, value) {
  if (input.readOnly || input.disabled || input.value === value) return;
  if (input instanceof HTMLSelectElement) {
    // A choice is pasted by its words, or by how they begin.
    const wanted = value.trim().toLowerCase();
    const found = wanted && [...input.options].find((one) => one.value === wanted || one.text.toLowerCase().startsWith(wanted));
    if (!found) return;
    input.value = found.value;
  } else {
    input.value = value;
  }
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function onKey(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.column) return;
  const { rows, row, column } = place(event.currentTarget, input);
  const atStart = input.selectionStart === 0 && input.selectionEnd === input.value.length || input.selectionEnd === 0;
  const atEnd = input.selectionStart === 0 && input.selectionEnd === input.value.length || input.selectionStart === input.value.length;
  let moved = false;
  if (event.key === "ArrowDown" || (event.key === "Enter" && !event.shiftKey && !event.ctrlKey)) {
    moved = go(rows, row + 1, column) || event.key === "Enter";
  } else if (event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey)) {
    moved = go(rows, row - 1, column) || event.key === "Enter";
  } else if (event.key === "ArrowLeft" && atStart) {
    moved = go(rows, row, column - 1);
  } else if (event.key === "ArrowRight" && atEnd) {
    moved = go(rows, row, column + 1);
  } else if (event.key.toLowerCase() === "d" && event.ctrlKey && row > 0) {
    changed(input, rows[row - 1][column].value);
    moved = true;
  } else if (event.key === "Escape") {
    changed(input, input.defaultValue);
    input.select();
    moved = true;
  }
  if (moved) event.preventDefault();
}

function onPaste(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.column) return;
  const block = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
  if (!block.includes("\n") && !block.includes("\t")) return;
  event.preventDefault();
  const { row, column } = place(event.currentTarget, input);
  const lines = block.split("\n");
  if ("grows" in event.currentTarget.dataset) {
    while (cells(event.currentTarget).length < row + lines.length) addRow(event.currentTarget);
  }
  const rows = cells(event.currentTarget);
  lines.forEach((line, down) => {
    line.split("\t").forEach((value, right) => {
      const target = rows[row + down]?.[column + right];
      if (target) changed(target, value.trim());
    });
  });
}

// A table that grows: a new row is a copy of the last one, emptied, with the next number in its names.
function addRow(grid) {
  const rows = grid.querySelectorAll("tbody tr");
  const added = rows[rows.length - 1].cloneNode(true);
  added.querySelectorAll(".error").forEach((one) => one.remove());
  added.querySelectorAll("[name]").forEach((field) => {
    const [column, number] = field.name.split(".");
    const next = Number(number) + 1;
    field.name = `${column}.${next}`;
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    const label = field.getAttribute("aria-label");
    if (label) field.setAttribute("aria-label", label.replace(/\d+$/, String(next + 1)));
    if (field instanceof HTMLInputElement && !field.dataset.kept) field.value = "";
  });
  grid.tBodies[0].append(added);
  return added;
}

function removeRow(grid, row) {
  const others = grid.querySelectorAll("tbody tr").length > 1;
  if (others) row.remove();
  else row.querySelectorAll("input").forEach((field) => { field.value = ""; });
  grid.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const grid of document.querySelectorAll("table[data-grows]")) {
  // Of several tables in a form each has its own button, the first one after it.
  const buttons = [...(grid.closest("form")?.querySelectorAll("[data-add-row]") ?? [])];
  const more = buttons.find((one) => grid.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (more) {
    more.hidden = false;
    more.addEventListener("click", () => addRow(grid).querySelector("[data-column]").focus());
  }
  grid.querySelectorAll("[data-remove-row]").forEach((button) => { button.hidden = false; });
  grid.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-remove-row]");
    if (button) removeRow(grid, button.closest("tr"));
  });
}

// What a choice needs is unfolded with it.
for (const fold of document.querySelectorAll("details[data-opens-with]")) {
  const choice = document.getElementById(fold.dataset.opensWith);
  choice?.addEventListener("change", () => {
    fold.open = choice.checked;
  });
}

for (const grid of document.querySelectorAll("table[data-grid]")) {
  grid.addEventListener("keydown", onKey);
  grid.addEventListener("paste", onPaste);
  grid.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.dataset.column) event.target.select();
  });
  const form = grid.closest("form");
  if (!form) continue;
  const note = form.querySelector("[data-unsaved]");
  let unsaved = false;
  form.addEventListener("input", () => {
    unsaved = true;
    if (note) note.hidden = false;
  });
  form.addEventListener("submit", () => {
    unsaved = false;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.querySelector("button[data-save]")?.click();
    }
  });
  // Edits are never lost on navigation without a question.
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
