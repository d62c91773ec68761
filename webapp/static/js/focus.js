// After a partial update the focus goes to the control that took the place of the one used.
//
// A control with data-focus-next names the id that comes next (a link that closes a form, the pencil that opened it).
// "The same control" has the same id, or the same name in a form with the same address, or the same address (links).
// Where there is none (a pencil became a field): the first field with an error, then [autofocus], then the first control
// of the part that was replaced.

const CONTROLS = "input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea, button:not(:disabled), a[href], summary";
let used = null;

function address(element) {
  const form = element.form || element.closest("form");
  return form ? form.getAttribute("hx-post") || form.getAttribute("action") || "" : "";
}

function remember(element, target) {
  if (!element || element === document.body || !target || !(target === element || target.contains(element))) return null;
  return {
    id: element.dataset.focusNext || element.id,
    name: element.getAttribute("name"),
    form: address(element),
    href: element.getAttribute("href"),
    places: ancestors(element),
  };
}

function ancestors(element) {
  const ids = [];
  for (let each = element.parentElement; each; each = each.parentElement) if (each.id) ids.push(each.id);
  return ids;
}

function same(place, was) {
  if (was.id && document.getElementById(was.id)) return document.getElementById(was.id);
  const controls = [...place.querySelectorAll(CONTROLS)];
  if (was.name) {
    const named = controls.filter((each) => each.getAttribute("name") === was.name);
    const found = named.find((each) => address(each) === was.form);
    if (found) return found;
  }
  if (was.href) return controls.find((each) => each.getAttribute("href") === was.href) || null;
  return null;
}

function next(place) {
  return place.querySelector('[aria-invalid="true"]') || place.querySelector("[autofocus]") || place.querySelector(CONTROLS);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  used = remember(document.activeElement, event.detail.target);
});

document.addEventListener("htmx:afterSettle", () => {
  if (!used) return;
  const was = used;
  used = null;
  const active = document.activeElement;
  if (active && active !== document.body) return; // HTMX or the person put it somewhere already
  const place = was.places.map((id) => document.getElementById(id)).find(Boolean);
  if (!place) return;
  const control = same(place, was) || next(place);
  if (control) control.focus({ preventScroll: true });
});
