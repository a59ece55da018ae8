// A table of drafts with a box each: choose all that are shown, and the sum of what is chosen by currency.
// Sums are of whole minor units, exact in BigInt; the server decides by what each draft says, not by these.

for (const table of document.querySelectorAll("[data-choices]")) {
  const form = table.closest("form");
  const boxes = [...table.querySelectorAll("input[data-minor]")];
  const all = form.querySelector("[data-choose-all]");
  const total = form.querySelector("[data-chosen-total]");
  if (!all || !total || !boxes.length) continue;
  const every = all.querySelector("input");
  all.hidden = false;

  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    const sums = new Map();
    for (const box of chosen) {
      sums.set(box.dataset.currency, (sums.get(box.dataset.currency) ?? 0n) + BigInt(box.dataset.minor));
    }
    total.textContent = chosen.length ? `${chosen.length} chosen: ${[...sums].map(([code, sum]) => written(sum, code)).join(", ")}` : "";
    every.checked = chosen.length === boxes.length;
    every.indeterminate = chosen.length > 0 && !every.checked;
  };
  every.addEventListener("change", () => {
    for (const box of boxes) box.checked = every.checked;
    show();
  });
  table.addEventListener("change", show);
  show();
}

function written(sum, code) {
  const format = new Intl.NumberFormat("en-US", { style: "decimal" });
  const places = Number(document.querySelector(`input[data-currency="${code}"]`).dataset.places);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(places + 1, "0");
  const whole = format.format(BigInt(digits.slice(0, digits.length - places)));
  return `${sum < 0n ? "-" : ""}${whole}${places ? `.${digits.slice(-places)}` : ""} ${code}`;
}
