// The day of a cleaning company keeps itself fresh, but never takes away a choice that was not saved yet.
"use strict";

document.addEventListener("htmx:beforeRequest", (event) => {
  const day = event.detail.elt;
  if (day.id !== "company-day") return;
  const first = (select) => [...select.options].find((one) => one.defaultSelected) || select.options[0];
  const isChosen = (select) => select.value !== first(select).value;
  const isTouched = day.contains(document.activeElement) && document.activeElement.matches("select, button");
  if (isTouched || [...day.querySelectorAll("select")].some(isChosen)) event.preventDefault();
});
