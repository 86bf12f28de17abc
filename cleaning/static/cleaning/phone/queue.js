// What was done on this phone and has not reached the server yet: kept in IndexedDB, sent in order, one at a time.
//
// Every action has a number of its own, so sending one twice does it once. It leaves the queue only when the server
// has answered it. No network, a server in trouble and an ended session all leave it where it is. What the server
// fails at again and again is set aside, so that it does not keep the others; it is tried again when somebody asks.
"use strict";

window.PhoneQueue = (() => {
  const FIRST_PAUSE = 2000;
  const LONGEST_PAUSE = 60000;
  const PATIENCE = 45000;
  //: The server will never take these, whenever they are sent.
  const HOPELESS = [400, 404, 413, 415];
  //: An action at which the server failed so often is set aside.
  const TRIES = 5;

  let database = null;
  let sending = false;
  let failures = 0;
  let notBefore = 0;

  function open() {
    database = database || new Promise((resolve, reject) => {
      const request = indexedDB.open("llavero-phone", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("actions", { keyPath: "n", autoIncrement: true });
        request.result.createObjectStore("notices", { keyPath: "n", autoIncrement: true });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return database;
  }

  async function run(store, mode, work) {
    const base = await open();
    return new Promise((resolve, reject) => {
      const transaction = base.transaction(store, mode, { durability: "strict" });
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  const rowsOf = async (store, person) =>
    (await run(store, "readonly", (rows) => rows.getAll())).filter((row) => row.person === person);
  const drop = (store, n) => run(store, "readwrite", (rows) => rows.delete(n));

  const waiting = async (person) => (await rowsOf("actions", person)).filter((row) => !row.aside);
  const aside = async (person) => (await rowsOf("actions", person)).filter((row) => row.aside);
  const change = (row, values) => run("actions", "readwrite", (rows) => rows.put({ ...row, ...values }));

  function newNumber() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  // Keep an action; resolves with it once it is safely stored.
  async function add(person, fields, photo) {
    const action = { id: newNumber(), at: new Date().toISOString(), ...fields, person };
    if (photo) {
      action.photo = await photo.arrayBuffer();
      action.photoType = photo.type || "image/jpeg";
    }
    await run("actions", "readwrite", (rows) => rows.add(action));
    notBefore = 0;
    return action;
  }

  function token() {
    const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return found ? decodeURIComponent(found[1]) : "";
  }

  function request({ n, photo, photoType, tries, aside: isAside, ...fields }, addresses) {
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    if (!photo) {
      return { address: addresses.actions, headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(fields) };
    }
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== null) body.append(name, value);
    body.append("photo", new Blob([photo], { type: photoType }), "photo.jpg");
    return { address: addresses.photos, headers, body };
  }

  async function post(action, addresses) {
    const { address, headers, body } = request(action, addresses);
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    try {
      return await fetch(address, { method: "POST", headers, body, credentials: "same-origin", redirect: "error", signal: patience.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  function rest() {
    failures += 1;
    notBefore = Date.now() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  }

  // The server failed at this action. Whether the others may pass it now; a photo waits with what it shows.
  async function failed(action, person) {
    const tries = (action.tries || 0) + 1;
    if (tries < TRIES) {
      await change(action, { tries });
      return false;
    }
    for (const row of await waiting(person)) {
      if (row.n === action.n || row.of === action.id) await change(row, { tries: TRIES - 1, aside: true });
    }
    failures = 0;
    notBefore = 0;
    return true;
  }

  // Try once more what was set aside, in its place in the order: one of it with what hangs on it, or all of it.
  async function again(person, n) {
    const rows = await aside(person);
    const wanted = rows.find((row) => row.n === n);
    for (const row of rows) {
      if (n === undefined || row === wanted || (wanted && row.of === wanted.id)) await change(row, { aside: false });
    }
    notBefore = 0;
  }

  // Send what waits, oldest first, until the queue is empty or something stands in the way.
  // Resolves with {sent, signedOut}; told(action, answer) hears of every answer, and without one of what was set aside.
  async function sendAll(person, addresses, told, freshToken) {
    const done = { sent: 0, signedOut: false };
    let asked = false;
    for (;;) {
      const [action] = await waiting(person);
      if (!action) return done;
      let answer;
      try {
        const response = await post(action, addresses);
        if (response.status === 403 && !asked) {
          // The token is an old one: ask for another, once.
          asked = true;
          if (await freshToken()) continue;
        }
        if (response.status === 401 || response.status === 409) {
          rest();
          return { ...done, signedOut: true };
        }
        if (HOPELESS.includes(response.status)) answer = { ok: false, message: "" };
        else if (response.status === 200) answer = await response.json();
        else if (response.status >= 500 && await failed(action, person)) {
          await told(action, null);
          continue;
        }
        else throw new Error(`status ${response.status}`);
      } catch (problem) {
        rest();
        return done;
      }
      failures = 0;
      notBefore = 0;
      done.sent += 1;
      if (!answer.ok) {
        await run("notices", "readwrite", (rows) => rows.add({ person, task: action.task, text: answer.message || "" }));
      }
      await drop("actions", action.n);
      await told(action, answer);
    }
  }

  // The same, but never twice at a time, in no other window either, and not before the pause after a failure is over.
  async function send(person, addresses, { told, freshToken, now }) {
    if (sending || (!now && Date.now() < notBefore)) return null;
    sending = true;
    try {
      const work = () => sendAll(person, addresses, told, freshToken);
      if (!navigator.locks) return await work();
      return await navigator.locks.request("llavero-phone-send", { ifAvailable: true }, (lock) => (lock ? work() : null));
    } finally {
      sending = false;
    }
  }

  return {
    add,
    send,
    // Milliseconds until it may be tried again after a failure; 0 when nothing failed.
    pause: () => Math.max(0, notBefore - Date.now()),
    waiting,
    aside,
    again,
    notices: (person) => rowsOf("notices", person),
    dismiss: (n) => drop("notices", n),
  };
})();
