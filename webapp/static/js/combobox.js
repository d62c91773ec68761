// A field that offers entries while a person types (WAI-ARIA combobox with a list; the field keeps what is typed).
//
// Markup:
//   <div class="combo" data-combobox data-url="/psa/autotask/companies?for=CUSTOMER">
//     <input role="combobox" id="company-X" name="company" aria-expanded="false" aria-controls="company-X-list"
//            aria-autocomplete="list" autocomplete="off">
//     <input type="hidden" name="company_id">                      optional; made when it is missing
//     <ul class="combo-list" id="company-X-list" role="listbox" aria-label="Companies that fit" hidden></ul>   optional too
//   </div>
// The address is asked with ?q=TEXT (added to what it carries) and answers <li role="option" data-value="29881"
// data-label="Adler-Apotheke">...</li> for each entry, nothing where none fits. Ids of the options are given here.
// Choosing puts data-label into the field and data-value into the hidden field; typing afterwards empties the hidden one.
// Keys: Down and Up open the list and walk it; Enter takes the entry, without one it sends the form; Escape closes the
// list, and once more empties the field; Home and End stay with the text. Without a script it is a plain field.

const WAIT = 150; // milliseconds of quiet before the address is asked
const state = new WeakMap();

function parts(input) {
  const box = input.closest("[data-combobox]");
  if (!state.has(box)) state.set(box, make(box, input));
  return state.get(box);
}

function make(box, input) {
  let list = box.querySelector('[role="listbox"]');
  if (!list) {
    list = document.createElement("ul");
    list.className = "combo-list";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    box.append(list);
  }
  if (!list.id) list.id = `${input.id}-list`;
  if (!list.hasAttribute("aria-label")) list.setAttribute("aria-label", box.dataset.label || input.name);
  input.setAttribute("aria-controls", list.id);
  let hidden = box.querySelector('input[type="hidden"]');
  if (!hidden) {
    hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = `${input.name}_id`;
    box.append(hidden);
  }
  return { box, input, list, hidden, timer: 0, asked: 0 };
}

const options = (combo) => [...combo.list.querySelectorAll('[role="option"]')];
const active = (combo) => options(combo).find((each) => each.getAttribute("aria-selected") === "true");
const isOpen = (combo) => combo.input.getAttribute("aria-expanded") === "true";

function close(combo) {
  window.clearTimeout(combo.timer);
  combo.asked += 1; // an answer that is still on its way is not shown
  combo.list.hidden = true;
  combo.input.setAttribute("aria-expanded", "false");
  point(combo, null);
}

function point(combo, option) {
  for (const each of options(combo)) each.setAttribute("aria-selected", String(each === option));
  if (option) {
    combo.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    combo.input.removeAttribute("aria-activedescendant");
  }
}

async function ask(combo, first) {
  const number = (combo.asked += 1);
  const url = new URL(combo.box.dataset.url, window.location.href);
  url.searchParams.set("q", combo.input.value);
  let answer;
  try {
    answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Current-URL": window.location.href }, credentials: "same-origin" });
  } catch {
    return; // the field still takes what is typed
  }
  const leave = answer.headers.get("HX-Redirect");
  if (leave) window.location.assign(leave);
  const html = answer.ok ? await answer.text() : "";
  if (number !== combo.asked || document.activeElement !== combo.input) return;
  const parsed = new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html");
  combo.list.replaceChildren(...parsed.querySelectorAll('[role="option"]'));
  const found = options(combo);
  found.forEach((each, index) => { each.id = `${combo.list.id}-${index + 1}`; });
  combo.list.hidden = found.length === 0;
  combo.input.setAttribute("aria-expanded", String(found.length > 0));
  point(combo, first ? (first > 0 ? found[0] : found[found.length - 1]) || null : null);
}

function choose(combo, option) {
  combo.input.value = option.dataset.label || option.textContent.trim();
  combo.hidden.value = option.dataset.value || "";
  close(combo);
  combo.input.focus();
}

function walk(combo, step) {
  const found = options(combo);
  if (!isOpen(combo) || found.length === 0) return void ask(combo, step);
  const at = found.indexOf(active(combo));
  const next = at < 0 ? (step > 0 ? 0 : found.length - 1) : at + step;
  point(combo, found[next] || null); // past the end: back to what was typed
}

function isCombobox(element) {
  return element instanceof HTMLInputElement && element.getAttribute("role") === "combobox" && element.closest("[data-combobox]");
}

document.addEventListener("input", (event) => {
  if (!isCombobox(event.target)) return;
  const combo = parts(event.target);
  combo.hidden.value = "";
  window.clearTimeout(combo.timer);
  if (combo.input.value.trim() === "") return close(combo);
  combo.timer = window.setTimeout(() => ask(combo, 0), WAIT);
});

document.addEventListener("keydown", (event) => {
  if (!isCombobox(event.target) || event.isComposing) return;
  const combo = parts(event.target);
  const option = active(combo);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    walk(combo, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && isOpen(combo) && option) {
    event.preventDefault();
    choose(combo, option);
  } else if (event.key === "Enter") {
    close(combo);
  } else if (event.key === "Escape") {
    if (isOpen(combo)) close(combo);
    else { combo.input.value = ""; combo.hidden.value = ""; }
  } else if (event.key === "Home" || event.key === "End") {
    point(combo, null); // the caret moves in the text
  }
});

document.addEventListener("mousedown", (event) => {
  const option = event.target instanceof Element && event.target.closest('[data-combobox] [role="option"]');
  if (!option) return;
  event.preventDefault(); // the field keeps the focus
  choose(parts(option.closest("[data-combobox]").querySelector('[role="combobox"]')), option);
});

document.addEventListener("focusout", (event) => {
  if (isCombobox(event.target)) close(parts(event.target));
});
