// <select data-autosubmit>: saves when another entry is chosen; its Save button stands in <noscript>.
// With the keyboard an arrow key changes a closed select at once, so Escape or leaving it is not waited for: each value is
// sent, and the last one counts.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.hasAttribute("data-autosubmit") && field.form) field.form.requestSubmit();
});

// A list of errors above a form takes the focus when it comes with the page.
const summary = document.getElementById("error-summary");
if (summary) summary.focus();
