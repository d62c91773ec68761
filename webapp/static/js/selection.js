// Choosing rows of a table.
//
// Markup: <input type="checkbox" data-select-all> in the head, <input type="checkbox" data-select> in each row, and
// <p id="selection" data-none="No customers selected" data-one="1 customer selected" data-many="{n} customers selected">
// with <strong> for the words and, if wanted, <button type="button" data-select-none>Clear</button>.
// A chosen row's <tbody> carries the class is-selected. Without a script the boxes and the forms work as they are.

const rows = () => [...document.querySelectorAll("input[data-select]")];

function show() {
  const boxes = rows();
  const chosen = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tbody")?.classList.toggle("is-selected", box.checked);
  for (const all of document.querySelectorAll("input[data-select-all]")) {
    all.checked = boxes.length > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  const bar = document.getElementById("selection");
  const words = bar?.querySelector("strong");
  if (!words || bar.hasAttribute("data-fixed")) return; // data-fixed: all that the filter shows are chosen
  words.textContent = chosen === 0 ? bar.dataset.none : chosen === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", chosen);
  for (const clear of bar.querySelectorAll("[data-select-none]")) clear.hidden = chosen === 0;
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  if (box.hasAttribute("data-select-all")) for (const each of rows()) each.checked = box.checked;
  if (box.hasAttribute("data-select-all") || box.hasAttribute("data-select")) show();
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-select-none]")) return;
  for (const each of rows()) each.checked = false;
  show();
});

// a row that is replaced while it is chosen stays chosen
let chosenBefore = new Set();
document.addEventListener("htmx:beforeSwap", () => {
  chosenBefore = new Set(rows().filter((box) => box.checked).map((box) => box.value));
});
document.addEventListener("htmx:afterSettle", () => {
  for (const box of rows()) if (chosenBefore.has(box.value)) box.checked = true;
  show();
});

show();
