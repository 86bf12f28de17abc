// The front desk: narrows the lists while somebody types, keeps that while they refresh, and prints.
"use strict";

(() => {
  const search = document.querySelector("[role=search] input[name=q]");
  const told = document.querySelector("[data-found]");

  function narrow() {
    const text = search.value.trim().toLowerCase();
    let shown = 0;
    for (const line of document.querySelectorAll(".desk-line")) {
      line.hidden = !line.dataset.search.toLowerCase().includes(text);
      shown += line.hidden ? 0 : 1;
    }
    told.textContent = text && !shown ? told.dataset.none : "";
  }

  if (search && told) {
    search.addEventListener("input", narrow);
    document.addEventListener("htmx:afterSettle", narrow);
    // The key that many lists use to search; never while somebody writes.
    document.addEventListener("keydown", (event) => {
      const writes = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.focus();
      search.select();
    });
    narrow();
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
