// The month of rates: choosing nights by dragging or with the keyboard fills in the form below the table.
"use strict";

// A month that has begun opens at today: nobody sets prices for nights that are over.
document.addEventListener("DOMContentLoaded", () => {
  const region = document.querySelector(".rate-scroll");
  const today = region && region.querySelector("thead [aria-current=date]");
  if (!today) return;
  const corner = region.querySelector(".corner").getBoundingClientRect();
  region.scrollLeft += today.getBoundingClientRect().left - corner.right;
});

document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("table.rate-grid[data-selectable]");
  const form = document.getElementById("change-form");
  const bar = document.getElementById("rate-selection");
  if (!table || !form || !bar) return;

  const dates = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.dataset.date);
  const rows = [...table.querySelectorAll("tr.plan")];
  const grid = rows.map((row) => [...row.cells].slice(1));
  if (!grid.length) return;
  const firstOpen = grid[0].findIndex((cell) => !cell.classList.contains("over"));
  if (firstOpen < 0) return;

  const first = form.elements.namedItem("first");
  const last = form.elements.namedItem("last");
  const boxes = (name) => [...form.querySelectorAll(`input[name=${name}]`)];
  const checked = (name) => new Set(boxes(name).filter((box) => box.checked).map((box) => box.value));
  const check = (name, values) => boxes(name).forEach((box) => { box.checked = values.has(box.value); });

  let anchor = null; // where a range was begun: [row, column]
  let chosen = false; // whether nights were chosen in the table, so that the form's own start shows nothing
  let focused = [0, firstOpen];

  function place(cell) {
    const row = cell && cell.closest("tr.plan");
    const at = row ? [rows.indexOf(row), grid[rows.indexOf(row)].indexOf(cell.closest("td"))] : null;
    return at && at[1] >= firstOpen ? at : null;
  }

  // The form says what is chosen; the table only shows it.
  function paint() {
    const plans = checked("rate_plans");
    const types = checked("room_types");
    const days = checked("weekdays");
    let count = 0;
    grid.forEach((cells, r) => cells.forEach((cell, c) => {
      const day = String((new Date(`${dates[c]}T12:00:00Z`).getUTCDay() + 6) % 7);
      const inside = chosen && plans.has(rows[r].dataset.plan) && types.has(rows[r].dataset.type)
        && dates[c] >= first.value && dates[c] <= last.value && days.has(day) && c >= firstOpen;
      count += inside;
      if (inside) cell.setAttribute("aria-selected", "true");
      else cell.removeAttribute("aria-selected");
    }));
    bar.hidden = !count;
    const names = (name) => boxes(name).filter((box) => box.checked).map((box) => box.parentElement.textContent.trim());
    bar.querySelector("[data-summary]").textContent =
      `${[...names("rate_plans"), ...names("room_types")].join(" · ")} (${count})`;
  }

  function choose(from, to) {
    const [top, bottom] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])];
    const within = rows.slice(top, bottom + 1);
    first.value = dates[Math.min(from[1], to[1])];
    last.value = dates[Math.max(from[1], to[1])];
    check("rate_plans", new Set(within.map((row) => row.dataset.plan)));
    check("room_types", new Set(within.map((row) => row.dataset.type)));
    check("weekdays", new Set(["0", "1", "2", "3", "4", "5", "6"]));
    chosen = true;
    paint();
  }

  function chosenAnew() {
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function clear() {
    chosen = false;
    anchor = null;
    paint();
  }

  // --- mouse and finger -------------------------------------------------------------------------------------

  let dragging = false;
  table.addEventListener("pointerdown", (event) => {
    const at = event.button === 0 && event.pointerType === "mouse" && place(event.target);
    if (!at) return;
    event.preventDefault();
    dragging = true;
    table.classList.add("is-dragging");
    if (!event.shiftKey || !anchor) anchor = at;
    focus(at);
    choose(anchor, at);
  });
  table.addEventListener("pointerover", (event) => {
    const at = dragging && place(event.target);
    if (!at) return;
    focus(at);
    choose(anchor, at);
  });
  document.addEventListener("pointerup", () => {
    if (!dragging) return;
    dragging = false;
    table.classList.remove("is-dragging");
    chosenAnew();
  });
  // A finger scrolls; a tap begins a range and the next tap ends it.
  table.addEventListener("click", (event) => {
    const at = event.pointerType && event.pointerType !== "mouse" && place(event.target);
    if (!at) return;
    if (anchor) {
      choose(anchor, at);
      anchor = null;
    } else {
      anchor = at;
      choose(at, at);
    }
    chosenAnew();
  });

  // --- keyboard ---------------------------------------------------------------------------------------------

  function focus(at) {
    grid[focused[0]][focused[1]].tabIndex = -1;
    focused = at;
    const cell = grid[at[0]][at[1]];
    cell.tabIndex = 0;
    cell.focus({ preventScroll: dragging });
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -99], End: [0, 99] };
  table.addEventListener("keydown", (event) => {
    if (!event.target.closest("tr.plan td")) return;
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      const from = focused;
      focus([
        Math.max(0, Math.min(rows.length - 1, from[0] + step[0])),
        Math.max(firstOpen, Math.min(dates.length - 1, from[1] + step[1])),
      ]);
      if (event.shiftKey) {
        anchor = anchor || from;
        choose(anchor, focused);
        chosenAnew();
      } else {
        anchor = null;
      }
    } else if (event.key === " ") {
      event.preventDefault();
      anchor = focused;
      choose(focused, focused);
      chosenAnew();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!grid[focused[0]][focused[1]].hasAttribute("aria-selected")) choose(focused, focused);
      chosenAnew();
      form.elements.namedItem("price").focus();
    } else if (event.key === "Escape") {
      clear();
    }
  });

  bar.querySelector("[data-clear]").addEventListener("click", clear);
  bar.querySelector("a").addEventListener("click", () => setTimeout(() => form.elements.namedItem("price").focus(), 0));
  form.addEventListener("change", paint);

  table.setAttribute("role", "grid");
  table.setAttribute("aria-multiselectable", "true");
  table.setAttribute("aria-describedby", "grid-help");
  table.dataset.ready = "";
  grid.forEach((cells) => cells.slice(firstOpen).forEach((cell) => { cell.tabIndex = -1; }));
  grid[0][firstOpen].tabIndex = 0;
});
