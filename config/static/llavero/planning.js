// The planning board: keeps itself fresh, moves stays with the mouse or the keyboard, opens cards beside the grid.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const words = document.getElementById("planning-words");
  let grid = document.getElementById("planning-grid");
  if (!words || !grid) return;

  const note = document.getElementById("planning-note");
  const says = document.getElementById("planning-says");
  const dialog = document.getElementById("planning-dialog");
  const EVERY = 2500; // milliseconds between two questions whether anything changed
  const FOCUSABLE = "a.bar, a.room-name, a.mark";

  const table = () => grid.querySelector(".planning-table");
  const word = (name, values = {}) => words.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  const say = (text) => { says.textContent = text; };

  let offered = {}; // what the buttons beside the message would do: {undo: edit} or {swap: [stay, other]}

  function tell(text, { bad = false, undo = null, swap = null } = {}) {
    offered = { undo, swap };
    note.hidden = false;
    note.classList.toggle("bad", bad);
    note.classList.toggle("ok", !bad);
    note.querySelector("[data-text]").textContent = text;
    for (const name of ["undo", "swap"]) note.querySelector(`[data-${name}]`).hidden = !offered[name];
  }

  // --- asking the server ------------------------------------------------------------------------------------

  async function post(url, values) {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    try {
      const response = await fetch(url, {
        method: "POST",
        body: values instanceof FormData ? values : new URLSearchParams(values),
        headers: { Accept: "application/json", "X-CSRFToken": token },
      });
      if (response.redirected) location.reload(); // the session has ended
      return await response.json();
    } catch {
      return { ok: false, message: word("failed") };
    }
  }

  // `stay` is whose change it is: when its room is taken, the answer may offer to change places.
  async function change(url, values, stay = null) {
    const answer = await post(url, values);
    tell(answer.message, { bad: !answer.ok, undo: answer.edit, swap: stay && answer.swap && [stay, answer.swap] });
    await refresh();
    return answer;
  }

  const address = (name, id) => grid.dataset[`${name}Url`].replace("/0/", `/${id}/`);

  function undoLast() {
    const form = grid.querySelector("#planning-edits form[action*='/undo/']");
    if (form) change(form.getAttribute("action"), new FormData(form));
    else tell(word("nothing"), { bad: true });
  }

  // --- staying fresh ----------------------------------------------------------------------------------------

  let silent = 0; // questions in a row that had no answer
  let asked = Promise.resolve();
  let open = 0; // questions that wait for their answer

  function refresh() {
    open += 1;
    asked = asked.then(askAnew).finally(() => { open -= 1; });
    return asked;
  }

  async function askAnew() {
    let response;
    try {
      response = await fetch(grid.dataset.url, { headers: { "If-None-Match": grid.dataset.tag } });
    } catch {
      silent += 1;
      if (silent === 3) tell(word("stale"), { bad: true });
      return;
    }
    if (response.redirected) {
      location.reload();
      return;
    }
    if (silent >= 3) note.hidden = true;
    silent = 0;
    if (response.status !== 200) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    // What began meanwhile must not lose its ground; the next question brings the news.
    if (!moving) show(page.getElementById("planning-grid"));
  }

  setInterval(() => {
    if (!document.hidden && !moving && !open) refresh();
  }, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !moving && !open) refresh();
  });

  const written = new WeakMap(); // each row as the server wrote it
  const rowsOf = (section) => [...section.querySelectorAll("tr[id]")];
  const remember = (section) => rowsOf(section).forEach((row) => written.set(row, row.outerHTML));

  // Rows that changed are replaced, so that scrolling, focus and everything else stay where they are.
  function show(fresh) {
    const [old, news] = [rowsOf(grid), rowsOf(fresh)];
    const focused = grid.contains(document.activeElement) ? document.activeElement : null;
    const row = focused && focused.closest("tr");
    const ids = [focused && focused.id, row && row.id];
    remember(fresh);
    if (old.length && old.map((one) => one.id).join() === news.map((one) => one.id).join()) {
      news.forEach((one, n) => { if (written.get(one) !== written.get(old[n])) old[n].replaceWith(one); });
      for (const part of ["planning-count", "planning-edits"]) replace(grid.querySelector(`#${part}`), fresh.querySelector(`#${part}`));
      replace(table().tHead, fresh.querySelector("thead"));
      replace(grid.querySelector(".planning-columns"), fresh.querySelector(".planning-columns"));
      for (const name of ["tag", "url"]) grid.dataset[name] = fresh.dataset[name];
    } else {
      const box = grid.querySelector(".planning-scroll");
      const [left, top] = box ? [box.scrollLeft, box.scrollTop] : [0, 0];
      grid.replaceWith(fresh);
      grid = fresh;
      grid.querySelector(".planning-scroll")?.scrollTo(left, top);
    }
    settle();
    if (focused && !focused.isConnected) {
      const again = (ids[0] && document.getElementById(ids[0]))
        || (ids[1] && document.getElementById(ids[1])?.querySelector(FOCUSABLE));
      again?.focus({ preventScroll: true });
    }
  }

  // A form's token is written differently every time and is no news.
  const TOKEN = /name="csrfmiddlewaretoken" value="[^"]*"/g;

  function replace(old, fresh) {
    if (old.innerHTML.replace(TOKEN, "") !== fresh.innerHTML.replace(TOKEN, "")) old.replaceWith(fresh);
  }

  // --- one stop for the tabulator, arrows inside ------------------------------------------------------------

  let current = null;

  function settle() {
    const all = [...grid.querySelectorAll(FOCUSABLE)];
    all.forEach((one) => { if (one.tabIndex !== -1) one.tabIndex = -1; });
    current = (current && document.getElementById(current.id)) || all.find((one) => one.matches("a.booked")) || all[0];
    if (current) current.tabIndex = 0;
  }

  document.addEventListener("focusin", (event) => {
    if (!grid.contains(event.target) || !event.target.matches(FOCUSABLE)) return;
    if (current) current.tabIndex = -1;
    current = event.target;
    current.tabIndex = 0;
  });

  function step(key, from) {
    const row = from.closest("tr");
    const inRow = [...row.querySelectorAll(FOCUSABLE)];
    const at = inRow.indexOf(from);
    if (key === "ArrowRight") return inRow[at + 1];
    if (key === "ArrowLeft") return inRow[at - 1];
    if (key === "Home") return inRow[0];
    if (key === "End") return inRow.at(-1);
    const rows = [...table().tBodies].flatMap((body) => [...body.rows]).filter((one) => one.querySelector(FOCUSABLE));
    const next = rows[rows.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
    const middle = (one) => { const box = one.getBoundingClientRect(); return (box.left + box.right) / 2; };
    const here = middle(from);
    return next && [...next.querySelectorAll(FOCUSABLE)]
      .reduce((best, one) => (Math.abs(middle(one) - here) < Math.abs(middle(best) - here) ? one : best));
  }

  // --- moving a stay: what mouse and keyboard share ---------------------------------------------------------

  let moving = null; // {bar, home, row, ghost}

  const mayMove = (bar) => bar && grid.dataset.moveUrl && bar.matches("a.booked");
  const span = (bar) => {
    const at = Number(/\bat-(\d+)/.exec(bar.className)[1]);
    return [at, at + Number(/\bfor-(\d+)/.exec(bar.className)[1])];
  };
  const stayOf = (bar) => bar.id.replace("stay-", "");
  const guestOf = (bar) => bar.firstChild.textContent.trim();

  function inTheWay(bar, row) {
    const [from, to] = span(bar);
    return [...row.querySelectorAll(".bar:not(.ghost)")].filter((other) => {
      if (other === bar || other.dataset.of === stayOf(bar)) return false;
      const [begins, ends] = span(other);
      return begins < to && ends > from;
    });
  }

  function pickUp(bar) {
    if (bar.matches(".departed")) {
      tell(word("over"), { bad: true });
      return false;
    }
    moving = { bar, home: bar.closest("tr"), row: null, ghost: bar.cloneNode(true) };
    for (const name of ["id", "href", "aria-label"]) moving.ghost.removeAttribute(name);
    moving.ghost.setAttribute("aria-hidden", "true");
    moving.ghost.classList.add("ghost");
    bar.classList.add("picked");
    table().classList.add("is-moving");
    return true;
  }

  function hover(row) {
    if (row === moving.row) return;
    moving.row?.classList.remove("is-free", "is-taken");
    moving.row = row;
    moving.ghost.remove();
    if (!row || row === moving.home) {
      if (row) say(word("own", { room: row.dataset.name }));
      return;
    }
    const others = inTheWay(moving.bar, row);
    row.classList.add(others.length ? "is-taken" : "is-free");
    row.querySelector(".bars").append(moving.ghost);
    const why = others.map((one) => one.getAttribute("aria-label")).join("; ");
    say(word(others.length ? "taken" : "free", { room: row.dataset.name, why }));
  }

  function letGo() {
    const { bar, row, ghost } = moving;
    row?.classList.remove("is-free", "is-taken");
    ghost.remove();
    bar.classList.remove("picked");
    table().classList.remove("is-moving");
    moving = null;
  }

  async function drop() {
    const { bar, home, row } = moving;
    letGo();
    if (!row || row === home) {
      say(word("dropped"));
      return;
    }
    bar.classList.add("picked");
    await change(address("move", stayOf(bar)), { room: row.dataset.room, seen: home.dataset.room || 0 }, stayOf(bar));
    bar.classList.remove("picked");
    document.getElementById(bar.id)?.focus();
  }

  function abandon() {
    letGo();
    say(word("dropped"));
  }

  // --- the mouse --------------------------------------------------------------------------------------------

  const NEAR = 40; // pixels from the edge of the board where dragging scrolls it
  let pressed = null; // {bar, x, y} until it is clear whether it is a click or a drag

  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  document.addEventListener("pointerdown", (event) => {
    const bar = event.target.closest?.("a.booked");
    if (event.button === 0 && event.pointerType !== "touch" && !moving && mayMove(bar) && grid.contains(bar)) {
      pressed = { bar, x: event.clientX, y: event.clientY };
    }
  });

  document.addEventListener("pointermove", (event) => {
    if (!pressed) return;
    if (!moving) {
      if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 6) return;
      if (!pickUp(pressed.bar)) {
        pressed = null;
        return;
      }
    }
    const box = grid.querySelector(".planning-scroll");
    const edge = box.getBoundingClientRect();
    if (event.clientY < edge.top + 2 * NEAR) box.scrollBy(0, -12);
    if (event.clientY > edge.bottom - NEAR) box.scrollBy(0, 12);
    const below = document.elementFromPoint(event.clientX, event.clientY);
    hover(below?.closest("tr.room") || null);
  });

  document.addEventListener("pointerup", () => {
    if (pressed && moving) {
      // The click that follows, if any, belongs to the drag.
      document.addEventListener("click", swallow, { capture: true });
      setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
      drop();
    }
    pressed = null;
  });

  document.addEventListener("pointercancel", () => {
    if (pressed && moving) abandon();
    pressed = null;
  });

  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.("a.bar")) event.preventDefault();
  });

  // --- the keyboard -----------------------------------------------------------------------------------------

  function carry(key) {
    const rooms = [...grid.querySelectorAll("tr.room")];
    const here = moving.row || moving.home;
    let at = rooms.indexOf(here);
    if (at < 0) at = key === "ArrowDown" ? -1 : rooms.length; // from above, where stays wait for a room
    const row = rooms[at + (key === "ArrowDown" ? 1 : -1)];
    if (!row) return;
    hover(row);
    row.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const { key } = event;
    if (moving) {
      if (key === "ArrowUp" || key === "ArrowDown") carry(key);
      else if (key === "Enter" || key === " ") drop();
      else if (key === "Escape" || key === "Tab") abandon();
      if (key !== "Tab") event.preventDefault();
      return;
    }
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const at = event.target.closest(FOCUSABLE);
    if (at && grid.contains(at) && /^(Arrow|Home$|End$)/.test(key)) {
      event.preventDefault();
      step(key, at)?.focus();
    } else if (/^m$/i.test(key) && at && mayMove(at)) {
      event.preventDefault();
      if (pickUp(at)) say(word("picked", { guest: guestOf(at) }));
    } else if (/^z$/i.test(key) && grid.dataset.undoUrl) {
      event.preventDefault();
      undoLast();
    } else if (/^b$/i.test(key) && grid.dataset.blockUrl) {
      event.preventDefault();
      const row = at && at.closest("tr.room");
      openCard(row ? row.querySelector("a.room-name").href : grid.dataset.blockUrl);
    }
  });

  // The whole sentence of a short bar, only for those that are looked at.
  document.addEventListener("pointerover", (event) => {
    const bar = event.target.closest?.(".bar");
    if (bar && !bar.title) bar.title = bar.getAttribute("aria-label");
  });

  // --- cards beside the grid --------------------------------------------------------------------------------

  const content = dialog.querySelector("[data-content]");
  const refusal = dialog.querySelector("[data-refusal]");

  async function openCard(page) {
    const url = new URL(page, location.href);
    url.searchParams.set("fragment", "1");
    url.searchParams.set("next", location.pathname + location.search);
    let response;
    try {
      response = await fetch(url);
    } catch {
      tell(word("failed"), { bad: true });
      return;
    }
    if (!response.ok || response.redirected) {
      location.assign(page);
      return;
    }
    content.innerHTML = await response.text();
    refusal.hidden = true;
    note.hidden = true;
    if (!dialog.open) dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    if (moving) abandon();
    const link = event.target.closest?.("a.booked, a.closure, a.room-name");
    if (!link || !grid.contains(link) || event.defaultPrevented) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    link.focus({ preventScroll: true });
    openCard(link.href);
  });

  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    content.replaceChildren();
    if (current) current.focus({ preventScroll: true });
  });

  // Forms of the planning are answered here; others lead to their own pages.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const action = form.getAttribute("action") || "";
    if (event.defaultPrevented || !action.startsWith(location.pathname)) return;
    if (form.getAttribute("method") !== "post" || !(dialog.contains(form) || grid.contains(form))) return;
    event.preventDefault();
    const answer = await post(action, new FormData(form, event.submitter));
    if (answer.ok) {
      if (dialog.open) dialog.close();
      tell(answer.message, { undo: answer.edit });
    } else if (dialog.open) {
      refusal.textContent = answer.message;
      refusal.hidden = false;
      refusal.scrollIntoView({ block: "nearest" });
    } else {
      tell(answer.message, { bad: true });
    }
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    await refresh();
  });

  note.querySelector("[data-hide]").addEventListener("click", () => { note.hidden = true; });
  note.querySelector("[data-undo]").addEventListener("click", () => change(address("undo", offered.undo), {}));
  note.querySelector("[data-swap]").addEventListener("click", () => {
    const [stay, other] = offered.swap;
    change(address("swap", stay), { other });
  });

  remember(grid);
  settle();
  grid.dataset.ready = "";
});
