// Totals of the ticked rows, per currency, as they are ticked; the choice stays in the address.
// Amounts are added exactly, as whole numbers of their smallest digit; without this module a button does it.

const SCALE = 6;

function units(text) {
  const sign = text.startsWith("-") ? -1n : 1n;
  const [whole, part = ""] = text.replace("-", "").split(".");
  return sign * BigInt(whole + part.padEnd(SCALE, "0").slice(0, SCALE));
}

function written(value, decimals) {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, "0");
  const whole = digits.slice(0, -SCALE).replace(/\B(?=(\d{3})+$)/g, ",");
  return sign + whole + (decimals ? `.${digits.slice(-SCALE, -SCALE + decimals)}` : "");
}

// Hours with two decimals, half away from zero: as the page writes them.
function hours(seconds) {
  const hundredths = (seconds * 100n * 2n + 3600n) / 7200n;
  const digits = hundredths.toString().padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${digits.slice(-2)}`;
}

for (const form of document.querySelectorAll("form[data-selection]")) {
  const renew = () => {
    const ticked = [...form.querySelectorAll("input[name=c]:checked")];
    for (const row of form.querySelectorAll("tr[data-total]")) {
      const own = ticked.filter((box) => box.dataset.currency === row.dataset.total);
      for (const cell of row.querySelectorAll("[data-sum]")) {
        const name = cell.dataset.sum;
        if (name === "contracts") cell.textContent = own.length;
        else if (name === "seconds") cell.textContent = hours(own.reduce((sum, box) => sum + BigInt(box.dataset.seconds), 0n));
        else cell.textContent = written(own.reduce((sum, box) => sum + units(box.dataset[name]), 0n), Number(row.dataset.decimals));
      }
    }
    const query = ticked.map((box) => `c=${box.value}`).join("&");
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  };
  form.addEventListener("change", renew);
}
