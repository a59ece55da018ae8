// The groups of the main menu: one is open at a time; Escape, or a click beside it, closes it.

const groups = [...document.querySelectorAll("nav.menu details")];

document.addEventListener("click", (event) => {
  for (const group of groups) if (!group.contains(event.target)) group.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const group of groups) {
    if (group.open && group.contains(document.activeElement)) group.querySelector("summary").focus();
    group.open = false;
  }
});
for (const group of groups) {
  group.addEventListener("toggle", () => {
    if (group.open) for (const other of groups) if (other !== group) other.open = false;
  });
}
