// The next applications follow the terms as they are typed: the page that the preview's button would open is
// asked for, and only its preview is put in place. Without scripts the button does it.

const form = document.querySelector("form:has([data-preview])");
const button = form?.querySelector("[data-preview]");
let asked = 0;

async function show() {
  const mine = ++asked;
  const shown = document.getElementById("preview");
  shown.setAttribute("aria-busy", "true");
  let place = null;
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place = page.getElementById("preview");
  } catch {
    // Not reached: the button still works, and says why.
  }
  if (mine !== asked) return; // typed on in the meantime
  if (place) shown.replaceWith(place);
  else shown.removeAttribute("aria-busy");
}

form?.addEventListener("change", show);
