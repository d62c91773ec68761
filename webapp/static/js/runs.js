// What a run has changed is shown when it ends (event kontor:run-ended of the progress that asks for itself).

// <div data-run-result> around the progress: the page is the result of the run and is shown anew.
document.addEventListener("htmx:afterSettle", (event) => {
  const ended = event.target instanceof Element && event.target.matches(".running.is-ended");
  if (ended && event.target.closest("[data-run-result]")) window.location.reload();
});

// data-after-run: a list that asks for itself by the event kontor:show-anew; not while somebody writes in it.
document.addEventListener("kontor:run-ended", () => {
  for (const list of document.querySelectorAll("[data-after-run]")) {
    const fields = [...list.querySelectorAll("input[role=combobox]")];
    const writing = fields.some((field) => field === document.activeElement || field.value !== field.defaultValue);
    if (!writing) window.htmx.trigger(list, "kontor:show-anew");
  }
});
