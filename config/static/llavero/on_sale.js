// The grid of what is on sale stays where it was scrolled to when the page freshens itself.
"use strict";

(() => {
  let place = null;

  const grid = () => document.getElementById("sale-grid");

  document.addEventListener("htmx:beforeSwap", () => {
    const shown = grid();
    place = shown && [shown.scrollLeft, shown.scrollTop];
  });

  document.addEventListener("htmx:afterSwap", () => {
    const shown = grid();
    if (shown && place) [shown.scrollLeft, shown.scrollTop] = place;
  });
})();
