// Keeps the page and the day for where there is no network. It never keeps what is sent: the page does that.
"use strict";

const VERSION = {{ version|safe }};
const SHELL = {{ shell|safe }};
const HOME = "/my/";
const DAY = "/my/day.json";
const FILES = `llavero-my-files-${VERSION}`;
const DATA = "llavero-my-data";
const PATIENCE = 4000; // milliseconds: a weak network is no network

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("llavero-my-files-") && name !== FILES);
    await Promise.all(old.map((name) => caches.delete(name)));
    await keptDay();
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    const isPage = url.pathname === HOME || /^\/my\/tasks\/\d+\/$/.test(url.pathname);
    if (isPage) event.respondWith(page(request, url));
  } else if (url.pathname === DAY) {
    event.respondWith(day(request));
  } else if (SHELL.includes(url.pathname)) {
    event.respondWith(caches.match(request, { cacheName: FILES }).then((kept) => kept || fetch(request)));
  }
});

// Somebody signs out, or the page asks for the day to be forgotten.
self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(DATA));
});

async function page(request, url) {
  const cache = await caches.open(DATA);
  try {
    const answer = await soon(request);
    // A task's own page shows its door code; only the list, which shows none, is kept.
    if (url.pathname === HOME && answer.ok && !answer.redirected) await cache.put(HOME, answer.clone());
    if (answer.status < 500) return answer;
    return (await cache.match(HOME)) || answer;
  } catch (problem) {
    const kept = await cache.match(HOME);
    if (kept) return kept;
    throw problem;
  }
}

async function day(request) {
  const cache = await caches.open(DATA);
  try {
    const answer = await soon(request);
    if (answer.status === 200) await cache.put(DAY, answer.clone());
    // Signed out: what was kept is nobody's any more.
    if (answer.status === 401) await caches.delete(DATA);
    if (answer.status < 500) return answer;
  } catch (problem) {
    // No network.
  }
  return (await keptDay()) || Response.error();
}

// The day as it was last seen, marked as kept, without door codes whose day is over; those are wiped out.
async function keptDay() {
  const cache = await caches.open(DATA);
  const kept = await cache.match(DAY);
  if (!kept) return null;
  const body = await kept.json();
  const codes = body.codes.filter((code) => Date.parse(code.until) > Date.now());
  const headers = { "Content-Type": "application/json" };
  if (codes.length !== body.codes.length) {
    body.codes = codes;
    await cache.put(DAY, new Response(JSON.stringify(body), { headers }));
  }
  return new Response(JSON.stringify(body), { headers: { ...headers, "X-Llavero-Kept": "1" } });
}

function soon(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too slow")), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
