// Many cells of a grid at once: one value into the ticked rows, or a cell copied to the rows below it.
// Without this module each cell is typed; its controls stay hidden.

function put(input, value) {
  if (!input || input.value === value) return;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

const ticked = (row) => row.querySelector("[data-tick]")?.checked;

for (const tools of document.querySelectorAll("[data-fill]")) {
  const grid = document.getElementById(tools.dataset.fill);
  const rows = [...grid.tBodies[0].rows];
  const all = grid.querySelector("[data-tick-all]");
  let last = null;
  tools.hidden = false;
  grid.querySelectorAll("[data-tick], [data-tick-all]").forEach((box) => { box.hidden = false; });
  grid.addEventListener("focusin", (event) => {
    if (event.target.dataset.column) last = event.target;
  });
  all?.addEventListener("change", () => {
    for (const row of rows) row.querySelector("[data-tick]").checked = all.checked;
  });
  tools.querySelector("[data-fill-ticked]").addEventListener("click", () => {
    const column = tools.querySelector("[data-fill-column]").value;
    const value = tools.querySelector("[data-fill-value]").value;
    for (const row of rows.filter(ticked)) put(row.querySelector(`[data-column="${column}"]`), value);
  });
  // Below the cell: the ticked rows, or all of them where none is ticked.
  tools.querySelector("[data-fill-down]").addEventListener("click", () => {
    if (!last) return;
    const below = rows.slice(rows.indexOf(last.closest("tr")) + 1);
    const meant = below.some(ticked) ? below.filter(ticked) : below;
    for (const row of meant) put(row.querySelector(`[data-column="${last.dataset.column}"]`), last.value);
    last.focus();
  });
}
