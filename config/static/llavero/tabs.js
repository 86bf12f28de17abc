// A bar of tabs that is wider than the screen is moved until the current one can be seen.
"use strict";

for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const bar = tab.closest("ul");
  const [here, all] = [tab.getBoundingClientRect(), bar.getBoundingClientRect()];
  bar.scrollLeft += here.left + here.width / 2 - (all.left + all.width / 2);
}
