// A menu is <details class="menu">: a press outside or Escape closes it, and only one is open at a time.
function open() {
  return [...document.querySelectorAll("details.menu[open]")];
}

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

// On a phone the navigation scrolls sideways: the present page is in sight.
document.querySelector('.side-nav [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
