// Proposals: what each person would have follows the ticks and choices while they are made.
"use strict";

(() => {
  const rows = [...document.querySelectorAll("[data-task]")];
  const people = [...document.querySelectorAll("[data-person]")];
  if (!rows.length || !people.length) return;

  // How minutes are written in the reader's language comes with the page.
  const words = document.querySelector("[data-long]").dataset;

  function text(minutes) {
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    if (!hours) return words.short.replace("#m", rest);
    return words.long.replace("#h", hours).replace("#m", String(rest).padStart(2, "0"));
  }

  function count() {
    const gets = new Map();
    for (const row of rows) {
      const who = row.querySelector("select").value;
      const minutes = Number(row.dataset.minutes);
      if (!row.querySelector("input[name=take]").checked) {
        // Left out: it stays with whoever has it.
        if (row.dataset.had) gets.set(row.dataset.had, (gets.get(row.dataset.had) || 0) + minutes);
        continue;
      }
      gets.set(who, (gets.get(who) || 0) + minutes);
    }
    for (const person of people) {
      const got = gets.get(person.dataset.person) || 0;
      const after = Number(person.dataset.before) + got;
      person.querySelector("[data-gets]").textContent = text(got);
      person.querySelector("[data-after]").textContent = text(after);
      person.querySelector("[data-too-much]").hidden = after <= Number(person.dataset.available);
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-task]")) count();
  });
})();
