// The search of free rooms: the number of nights and the departure say the same. A new booking: its button names the
// price of the rate only as long as no other price is typed in.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("#booking-form [data-priced]");
  const agreed = document.querySelector("#booking-form [name=agreed]");
  if (!button || !agreed) return;
  const say = () => { button.textContent = agreed.value.trim() ? button.dataset.plain : button.dataset.priced; };
  agreed.addEventListener("input", say);
  window.addEventListener("pageshow", say);
});

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-stay-dates]");
  if (!form) return;
  const { arrival, nights, departure } = form.elements;
  const DAY = 24 * 60 * 60 * 1000;
  // Noon in UTC: no change of clocks makes a day longer or shorter.
  const moment = (text) => Date.parse(`${text}T12:00:00Z`);

  function writeDeparture() {
    const from = moment(arrival.value);
    const count = Number(nights.value);
    if (from && count > 0) departure.value = new Date(from + count * DAY).toISOString().slice(0, 10);
  }

  function writeNights() {
    const count = Math.round((moment(departure.value) - moment(arrival.value)) / DAY);
    nights.value = count > 0 ? count : "";
  }

  arrival.addEventListener("change", () => (nights.value ? writeDeparture() : writeNights()));
  nights.addEventListener("change", writeDeparture);
  departure.addEventListener("change", writeNights);
  if (!departure.value) writeDeparture();
});
