// A page whose content is the result of a run (<div data-run-result> around its progress) is shown anew when the run has ended.
document.addEventListener("htmx:afterSettle", (event) => {
  const ended = event.target instanceof Element && event.target.matches(".running.is-ended");
  if (ended && event.target.closest("[data-run-result]")) window.location.reload();
});
