// The page of the day: opens tasks without asking the server, shows at once what was pressed, and lets the queue send it.
"use strict";

(() => {
  const queue = window.PhoneQueue;
  const about = document.body.dataset;
  const addresses = { actions: about.actions, photos: about.photos };
  const main = document.getElementById("day");
  const EVERY = 30000;
  const LONGEST_SIDE = 1600;
  //: The state after a press, as the server will see it.
  const AFTER = {
    accept: "accepted", start: "in_progress", pause: "paused", finish: "done",
    pass: "done", send_back: "done", not_possible: "not_possible", reopen: "assigned",
  };
  const LIST = { not_possible: "stuck", done: "done", inspected: "done" };

  let person = Number(about.person);
  let token = about.token;
  let codes = [];
  let signedOut = false;
  let retry = 0;

  document.documentElement.classList.add("scripted");

  // --- which task is open ---------------------------------------------------------------------------------------

  function opened() {
    const found = location.pathname.match(/\/tasks\/(\d+)\/$/);
    return found ? found[1] : null;
  }

  function route({ focus = false } = {}) {
    const article = opened() && document.getElementById(`task-${opened()}`);
    document.getElementById("list").hidden = Boolean(article);
    for (const each of main.querySelectorAll("article")) each.hidden = each !== article;
    if (!article && opened()) history.replaceState(null, "", about.home);
    if (focus) {
      window.scrollTo(0, 0);
      const heading = (article || document.getElementById("list")).querySelector("h1");
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-route]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    route({ focus: true });
    catchUp();
  });
  window.addEventListener("popstate", () => route({ focus: true }));

  // --- the day --------------------------------------------------------------------------------------------------

  // Somebody is writing: what they write stays.
  function isBusy() {
    const at = document.activeElement;
    if (at && main.contains(at) && at.matches("input[type=text]")) return true;
    return [...main.querySelectorAll("input")].some((input) =>
      (input.type === "text" && input.value) || (input.type === "radio" && input.checked) || (input.type === "file" && input.value));
  }

  async function load() {
    let response;
    try {
      response = await fetch(about.day, { headers: { "If-None-Match": `"${token}"` }, cache: "no-store", credentials: "same-origin" });
    } catch (problem) {
      return false;
    }
    if (response.status === 401) {
      codes = [];
      showCodes();
      setSignedOut(true);
      return false;
    }
    if (response.status === 304) {
      setSignedOut(false);
      return true;
    }
    if (!response.ok) return false;
    const body = await response.json();
    const isKept = response.headers.has("X-Llavero-Kept");
    if (!isKept) setSignedOut(false);
    codes = body.codes;
    const isOther = body.person !== person || body.version !== about.version;
    if (isOther && !isKept && !isBusy() && isNewTo(body)) {
      location.reload();
      return false;
    }
    if (body.person !== person) {
      person = body.person;
      token = "";
    }
    if (!isBusy() && body.token !== token) {
      const at = document.activeElement && document.activeElement.id;
      const open = [...main.querySelectorAll("details[open]")].map((each) => each.querySelector("summary").textContent + (each.closest("article")?.id || ""));
      main.innerHTML = body.html;
      token = body.token;
      route();
      for (const each of main.querySelectorAll("details")) {
        each.open = open.includes(each.querySelector("summary").textContent + (each.closest("article")?.id || ""));
      }
      if (at && document.getElementById(at)) document.getElementById(at).focus({ preventScroll: true });
    }
    await draw();
    return !isKept;
  }

  // Another person signed in, or the page itself is another one: it is opened anew, once.
  function isNewTo({ person: who, version }) {
    const mark = `${who}/${version}`;
    if (sessionStorage.getItem("llavero-page") === mark) return false;
    sessionStorage.setItem("llavero-page", mark);
    return true;
  }

  function showCodes() {
    for (const place of main.querySelectorAll("[data-code]")) {
      const article = place.closest("article");
      const code = codes.find((each) => String(each.task) === place.dataset.code && Date.parse(each.until) > Date.now());
      const isOver = ["done", "inspected"].includes(article.dataset.state);
      const text = code && !isOver ? code.code : "";
      place.querySelector("[data-code-text]").textContent = text;
      place.hidden = !text;
    }
  }

  // --- what was pressed and is not sent yet -----------------------------------------------------------------------

  async function draw() {
    const waiting = await queue.waiting(person);
    const aside = await queue.aside(person);
    for (const action of [...aside, ...waiting].sort((one, other) => one.n - other.n)) apply(action);
    settle();
    showCodes();
    const bar = document.getElementById("waiting");
    bar.hidden = !waiting.length;
    const words = waiting.length === 1 ? about.wordWaitsOne : about.wordWaitsMany;
    const text = waiting.length ? words.replace("%(number)s", waiting.length) : "";
    if (bar.textContent !== text) bar.textContent = text;
    drawAside(aside);
    await drawNotices();
  }

  function apply(action) {
    if (action.kind === "read") {
      for (const number of action.messages) main.querySelector(`[data-message="${number}"]`)?.remove();
      return;
    }
    const article = document.getElementById(`task-${action.task}`);
    if (!article) return;
    if (action.kind === "tick" || action.kind === "untick") tick(article, action.item, action.kind === "tick");
    else if (action.kind === "photo") pictured(article, action.item);
    else if (AFTER[action.kind]) article.dataset.state = AFTER[action.kind];
  }

  function tick(article, item, done) {
    const button = document.getElementById(`tick-${article.dataset.task}-${item}`);
    if (!button) return;
    button.setAttribute("aria-checked", String(done));
    button.value = `${done ? "untick" : "tick"}:${item}`;
  }

  function pictured(article, item) {
    const place = item ? article.querySelector(`[data-line="${item}"]`) : article.querySelector(".free-photo");
    if (!place) return;
    place.dataset.pictured = "";
    const word = place.querySelector("[data-photo-word]");
    if (word) word.textContent = `✓ ${about.wordPhotoWaits}`;
  }

  // The page as the states say: buttons, badges, counts, and which list a task stands in.
  function settle() {
    for (const article of main.querySelectorAll("article")) {
      const { task, state } = article.dataset;
      for (const part of article.querySelectorAll("[data-in]")) part.hidden = !part.dataset.in.split(" ").includes(state);
      const row = main.querySelector(`[data-row="${task}"]`);
      for (const place of [article, row]) {
        if (!place) continue;
        paint(place.querySelector("[data-badge]"), state);
        const count = place.querySelector("[data-count]");
        if (count) count.textContent = article.querySelectorAll("[aria-checked=true]").length;
      }
      if (row && row.dataset.state !== state) {
        row.dataset.state = state;
        const list = main.querySelector(`[data-list="${LIST[state] || "to_do"}"]`);
        if (row.closest("[data-list]") && row.parentElement !== list) list.append(row);
      }
    }
    for (const section of main.querySelectorAll("[data-section]")) {
      section.hidden = !section.querySelector("[data-row]");
    }
    const done = main.querySelectorAll("[data-list=done] [data-row]").length;
    for (const place of main.querySelectorAll("[data-sum-done]")) place.textContent = done;
  }

  function paint(badge, state) {
    const words = document.querySelector(`#states [data-state="${state}"]`);
    if (!badge || !words || badge.textContent === words.textContent) return;
    badge.textContent = words.textContent;
    badge.className = `badge ${words.dataset.tone}`;
  }

  // What the server could not take, with a button that sends it once more.
  function drawAside(rows) {
    const place = document.getElementById("aside");
    const shown = rows.filter((row) => !rows.some((other) => other.id === row.of));
    const key = shown.map((row) => row.n).join();
    if (place.dataset.shown === key) return;
    place.dataset.shown = key;
    place.replaceChildren(...shown.map((row) => {
      const notice = document.getElementById("set-aside").content.cloneNode(true);
      notice.querySelector("[data-what]").textContent = inWords(row);
      notice.querySelector("[data-again]").dataset.again = row.n;
      return notice;
    }));
  }

  // Text such as "101: Report damage or lost property · The lamp is broken".
  function inWords(action) {
    const article = document.getElementById(`task-${action.task}`);
    const room = article?.querySelector("h1 .room").textContent;
    const kind = document.querySelector(`#kinds [data-kind="${action.kind}"]`)?.textContent;
    const line = action.item && article?.querySelector(`[data-line="${action.item}"]`)?.dataset.text;
    const words = [kind, line, action.text || action.remark].filter(Boolean).join(" · ");
    return room ? `${room}: ${words}` : words;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-again]");
    if (!button) return;
    await queue.again(person, Number(button.dataset.again));
    await draw();
    send({ now: true });
  });

  async function drawNotices() {
    const place = document.getElementById("notices");
    const rows = await queue.notices(person);
    for (const old of place.querySelectorAll("[data-n]")) {
      if (!rows.some((row) => String(row.n) === old.dataset.n)) old.remove();
    }
    for (const row of rows) {
      if (place.querySelector(`[data-n="${row.n}"]`)) continue;
      const name = document.querySelector(`#task-${row.task} h1 .room`);
      say(`${name ? `${name.textContent}: ` : ""}${row.text || about.wordLost}`, row.n);
    }
  }

  function say(text, n = "") {
    const notice = document.getElementById("notice").content.cloneNode(true);
    notice.querySelector("span").textContent = text;
    if (n) notice.querySelector("p").dataset.n = n;
    document.getElementById("notices").append(notice);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (!button) return;
    const notice = button.closest(".notice");
    if (notice.dataset.n) await queue.dismiss(Number(notice.dataset.n));
    notice.remove();
  });

  // --- pressing ---------------------------------------------------------------------------------------------------

  async function keep(fields, photo) {
    let action;
    try {
      action = await queue.add(person, fields, photo);
    } catch (problem) {
      say(about.wordFull);
      throw problem;
    }
    await draw();
    send({ now: true });
    return action;
  }

  function stillOpen(article) {
    return [...article.querySelectorAll("[data-line]")].filter((line) =>
      ("required" in line.dataset && line.querySelector("[role=checkbox]").getAttribute("aria-checked") !== "true")
      || ("needsPhoto" in line.dataset && !("pictured" in line.dataset))).map((line) => line.dataset.text);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.form) return;
    event.preventDefault();
    const button = event.submitter || form.querySelector("[name=do]") || {};
    const [kind, item] = (button.value || "").split(":");
    const article = document.getElementById(`task-${form.dataset.form}`);
    const task = Number(form.dataset.form);
    if (kind === "photo") return;
    if (kind === "finish") {
      const missing = stillOpen(article);
      if (missing.length) {
        say(about.wordOpen.replace("%(items)s", missing.join(", ")));
        return;
      }
    }
    const said = Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === "string" && !["id", "csrfmiddlewaretoken"].includes(name)));
    const photo = form.querySelector("input[type=file]")?.files[0];
    const fields = { kind, task, ...said };
    if (item) fields.item = Number(item);
    const isReport = kind === "finding";
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    // Empty at once: what is kept cannot be pressed a second time by mistake.
    if (Object.keys(said).length || isReport) {
      const picture = photo && await smaller(photo);
      form.reset();
      showChosen(form);
      const fold = form.closest("details");
      if (fold) fold.open = false;
      const action = await keep(fields);
      if (isReport && picture) await keep({ kind: "photo", task, of: action.id }, picture);
      if (isReport) say(about.wordReported);
    } else {
      await keep(fields);
    }
    delete form.dataset.busy;
    if (["finish", "not_possible", "pass", "send_back"].includes(kind)) {
      history.pushState(null, "", about.home);
      route({ focus: true });
    }
  });

  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (input.type !== "file") return;
    const form = input.form;
    if (!("photo" in form.dataset)) {
      showChosen(form);
      return;
    }
    const [file] = input.files;
    if (!file) return;
    const item = form.querySelector("[name=item]");
    const fields = { kind: "photo", task: Number(form.dataset.form) };
    if (item) fields.item = Number(item.value);
    const picture = await smaller(file);
    input.value = "";
    await keep(fields, picture);
  });

  function showChosen(form) {
    const input = form.querySelector("input[type=file]");
    if (input) input.closest("label").classList.toggle("chosen", Boolean(input.files.length));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-read]");
    if (button) keep({ kind: "read", messages: [Number(button.dataset.read)] });
  });

  // A photo as large as it will be kept: it waits in little room and travels on a weak network.
  async function smaller(file) {
    try {
      const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
      const part = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
      const sheet = document.createElement("canvas");
      sheet.width = Math.round(bitmap.width * part);
      sheet.height = Math.round(bitmap.height * part);
      sheet.getContext("2d").drawImage(bitmap, 0, 0, sheet.width, sheet.height);
      const blob = await new Promise((resolve) => { sheet.toBlob(resolve, "image/jpeg", 0.85); });
      return blob || file;
    } catch (problem) {
      return file; // the server says what is wrong with it
    }
  }

  // --- sending ----------------------------------------------------------------------------------------------------

  function setSignedOut(now) {
    signedOut = now;
    document.getElementById("signed-out").hidden = !now;
  }

  async function send({ now = false } = {}) {
    const done = await queue.send(person, addresses, { now, told: () => draw(), freshToken: load });
    if (!done) return;
    if (queue.pause()) {
      clearTimeout(retry);
      retry = setTimeout(() => send(), queue.pause() + 50);
    }
    if (done.signedOut) await load();
    else if (done.sent) {
      token = ""; // what the queue has shown so far comes from the server now
      await load();
      if ((await queue.waiting(person)).length) await send();
    }
  }

  async function catchUp() {
    showCodes();
    if (document.hidden) return;
    await send({ now: signedOut });
    await load();
  }

  window.addEventListener("online", () => send({ now: true }).then(load));
  document.addEventListener("visibilitychange", catchUp);
  setInterval(catchUp, EVERY);

  // --- leaving ----------------------------------------------------------------------------------------------------

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!("leave" in form.dataset)) return;
    event.preventDefault();
    const unsent = [...await queue.waiting(person), ...await queue.aside(person)];
    if (unsent.length && !window.confirm(about.wordLeave)) return;
    codes = [];
    if (window.caches) await caches.delete("llavero-my-data");
    form.submit();
  });

  // --- beginning --------------------------------------------------------------------------------------------------

  if ("serviceWorker" in navigator) navigator.serviceWorker.register(about.worker, { scope: about.home });
  // An installed page asks that the browser does not throw the queue away when room gets short.
  if (matchMedia("(display-mode: standalone)").matches) navigator.storage?.persist?.();
  token = "";
  route();
  // The server may be well again since the page was open last.
  queue.again(person).then(draw).then(catchUp);
})();
