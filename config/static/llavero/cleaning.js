// The board by person: a card is dragged to a column or given by its select; both tell the server the same.
"use strict";

(() => {
  const choices = document.getElementById("who-choices");
  const note = document.getElementById("board-note");
  const TOUCHED = 20000; // milliseconds for which a select that somebody looks at is left alone

  // --- lists for paper ----------------------------------------------------------------------------------------

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  if (!choices || !note) return;

  const section = () => document.getElementById("cleaning-tasks");
  let dragged = null;
  let sending = 0;
  let touched = 0;

  // --- telling the server -------------------------------------------------------------------------------------

  let undo = null; // how to take the last move back: {url, to}

  function tell(text, bad) {
    note.hidden = false;
    note.classList.toggle("bad", bad);
    note.classList.toggle("ok", !bad);
    note.querySelector("[data-text]").textContent = text;
    note.querySelector("[data-undo]").hidden = !undo;
  }

  async function give(url, to) {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    let ok = false;
    undo = null;
    sending += 1;
    try {
      const response = await fetch(url, {
        method: "POST",
        body: new URLSearchParams({ to }),
        headers: { Accept: "application/json", "X-CSRFToken": token },
      });
      if (response.redirected) location.reload(); // the session has ended
      const answer = await response.json();
      ok = answer.ok;
      if (answer.ok && answer.undo !== null && answer.undo !== to) undo = { url, to: answer.undo };
      tell(answer.message, !answer.ok);
    } catch {
      tell(note.dataset.failed, true);
    } finally {
      sending -= 1;
      touched = 0;
    }
    await refresh();
    return ok;
  }

  function refresh() {
    const shown = section();
    const url = shown.getAttribute("hx-get");
    return url && htmx.ajax("GET", url, { source: shown, target: shown, swap: "outerHTML" });
  }

  note.querySelector("[data-undo]").addEventListener("click", () => {
    if (undo) give(undo.url, undo.to);
  });

  // --- by keyboard: the select of a card is filled when somebody comes to it ----------------------------------

  function fill(select) {
    touched = Date.now();
    if (select.dataset.full) return;
    select.dataset.full = "yes";
    const present = select.options[0];
    select.dataset.present = present.value;
    const all = choices.cloneNode(true);
    select.replaceChildren(...all.childNodes);
    if (![...select.options].some((one) => one.value === present.value)) select.prepend(present);
    select.value = present.value;
  }

  for (const kind of ["focusin", "pointerdown", "keydown", "change"]) {
    document.addEventListener(kind, (event) => {
      const select = event.target.closest?.(".board-give select");
      if (select) fill(select);
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".board-give");
    if (!form) return;
    event.preventDefault();
    const select = form.elements.to;
    give(form.getAttribute("action"), select.value).then((ok) => {
      if (!ok && select.dataset.full) select.value = select.dataset.present;
    });
  });

  // --- by mouse -----------------------------------------------------------------------------------------------

  const columnOf = (element) => element.closest?.("[data-board] .board-column");

  function mark(column) {
    for (const each of document.querySelectorAll(".board-column.is-target")) {
      if (each !== column) each.classList.remove("is-target");
    }
    if (column) column.classList.add("is-target");
  }

  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".board-card[draggable=true]");
    if (!card) return;
    dragged = card;
    card.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.id);
  });

  document.addEventListener("dragover", (event) => {
    const column = dragged && columnOf(event.target);
    mark(column);
    if (!column) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });

  document.addEventListener("drop", (event) => {
    const column = dragged && columnOf(event.target);
    if (!column) return;
    event.preventDefault();
    const card = dragged;
    if (column.contains(card)) return;
    const [list, next] = [card.parentNode, card.nextSibling];
    column.querySelector(".board-cards").prepend(card);
    give(card.dataset.url, column.dataset.to).then((ok) => {
      if (!ok && card.isConnected) list.insertBefore(card, next);
    });
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    mark(null);
  });

  // --- staying fresh without taking anything out of somebody's hands -----------------------------------------

  const busy = () => dragged || sending || (document.activeElement?.matches(".board-give select") && Date.now() - touched < TOUCHED);

  let kept = null; // what had the focus and how far the board was scrolled

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === section() && busy()) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== section()) return;
    if (busy()) {
      event.detail.shouldSwap = false;
      return;
    }
    const board = document.querySelector(".board");
    const active = section().contains(document.activeElement) ? document.activeElement : null;
    kept = {
      left: board?.scrollLeft ?? 0,
      tops: [...document.querySelectorAll(".board-column")].map((one) => [one.dataset.to, one.querySelector(".board-cards").scrollTop]),
      card: active?.closest(".board-card")?.id,
      what: active?.tagName.toLowerCase(),
    };
  });

  document.addEventListener("htmx:afterSwap", () => {
    if (!kept) return;
    const { left, tops, card, what } = kept;
    kept = null;
    document.querySelector(".board")?.scrollTo(left, 0);
    for (const [to, top] of tops) {
      const cards = document.querySelector(`.board-column[data-to="${to}"] .board-cards`);
      if (cards) cards.scrollTop = top;
    }
    if (!card) return;
    const again = document.getElementById(card)?.querySelector(what);
    again?.focus({ preventScroll: true });
    touched = 0; // nobody has chosen anything yet
  });
})();
