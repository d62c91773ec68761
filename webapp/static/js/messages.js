// The live region and the messages at the edge.
//
// The server names a text in the header HX-Trigger: {"kontor:announce": "Saved."} for what was done,
// {"kontor:refused": "..."} for what was not. Both are read out; a refusal stays until it is closed.

const SHOWN_FOR = 6000; // milliseconds

function svg(icons, name, extra = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  element.setAttribute("class", `icon ${extra}`.trim());
  element.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${icons}#${name}`);
  element.append(use);
  return element;
}

function say(text, refused) {
  const announcer = document.getElementById("announcer");
  const toasts = document.getElementById("toasts");
  if (!announcer || !toasts || !text) return;
  announcer.textContent = "";
  window.setTimeout(() => { announcer.textContent = text; }, 50); // the same text twice is read twice
  const toast = document.createElement("div");
  toast.className = refused ? "toast toast-bad show" : "toast show";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-btn";
  close.setAttribute("aria-label", toasts.dataset.close);
  close.append(svg(toasts.dataset.icons, "x-lg", "icon-sm"));
  close.addEventListener("click", () => toast.remove());
  toast.append(svg(toasts.dataset.icons, refused ? "x-octagon" : "check-circle"), words, close);
  toasts.append(toast);
  if (!refused) window.setTimeout(() => toast.remove(), SHOWN_FOR);
}

function text(event) {
  return event.detail && typeof event.detail.value === "string" ? event.detail.value : "";
}

document.addEventListener("kontor:announce", (event) => say(text(event), false));
document.addEventListener("kontor:refused", (event) => say(text(event), true));

function lost(event) {
  // polling tries again by itself; a person who pressed a button is told
  const verb = event.detail.requestConfig && event.detail.requestConfig.verb;
  if (verb && verb !== "get") say(document.getElementById("toasts")?.dataset.lost, true);
}
document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:timeout", lost);
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")) lost(event);
});
