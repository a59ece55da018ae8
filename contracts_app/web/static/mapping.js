// What a file gives follows the mapping as it is chosen: the page that "Look again" would open is asked for, and
// only the mapping in it is put in place. Without scripts the button does it.

const form = document.querySelector("form:has([data-look])");
const button = form?.querySelector("[data-look]");
const AGAIN = 2000; // milliseconds
let asked = 0;

async function look(event) {
  if (!event.target.closest("#mapping")) return;
  const mine = ++asked;
  const shown = document.getElementById("mapping");
  shown.setAttribute("aria-busy", "true");
  let place = null;
  try {
    let answer;
    do {
      answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
      // Other files are being read: what is shown would not be what is chosen, so it is asked for again.
      if (answer.status === 503) await new Promise((resolve) => setTimeout(resolve, AGAIN));
    } while (answer.status === 503 && mine === asked);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place = page.getElementById("mapping");
  } catch {
    // Not reached: the button still works, and says why.
  }
  if (mine !== asked) return; // changed again in the meantime
  const focused = document.activeElement?.id;
  if (place) shown.replaceWith(place);
  else shown.removeAttribute("aria-busy");
  if (focused) document.getElementById(focused)?.focus();
}

form?.addEventListener("change", look);
