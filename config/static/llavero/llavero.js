// Small manners of the pages: copying, asking before something dangerous, sending once, resting while hidden.
"use strict";

(() => {
  // --- fragments that keep themselves fresh -----------------------------------------------------------------

  document.addEventListener("htmx:beforeRequest", (event) => {
    const polls = (event.detail.elt.getAttribute("hx-trigger") || "").startsWith("every");
    if (polls && (document.hidden || event.detail.elt.contains(openMenu()))) event.preventDefault();
  });

  // A session that ended answers with the sign-in page: show it as a page, not inside the fragment.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const asked = new URL(requestConfig.path, location.href).pathname;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname !== asked) {
      event.preventDefault();
      location.reload();
    }
  });

  // Forms that are sent by htmx carry the token of the page's own forms.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "get") return;
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (token) event.detail.headers["X-CSRFToken"] = token.value;
  });

  // --- menus ------------------------------------------------------------------------------------------------

  function openMenu() {
    return document.querySelector("details.menu[open]");
  }

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = openMenu();
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // --- copy buttons -----------------------------------------------------------------------------------------

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied ? Promise.resolve() : Promise.reject(new Error("the browser refused"));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-target]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copyTarget);
    if (!source) return;
    const label = button.querySelector("[data-copy-label]") || button;
    const usual = label.dataset.usual || label.textContent;
    label.dataset.usual = usual;
    copyText("value" in source ? source.value : source.textContent.trim()).then(
      () => {
        label.textContent = button.dataset.copied || usual;
        setTimeout(() => { label.textContent = usual; }, 2000);
      },
      () => {
        const range = document.createRange();
        range.selectNodeContents(source);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
      },
    );
  });

  // --- sending forms ----------------------------------------------------------------------------------------

  function ask(form, submitter) {
    const dialog = document.getElementById("confirm-dialog");
    const question = (submitter && submitter.dataset.confirm) || form.dataset.confirm;
    const word = (submitter && submitter.dataset.confirmLabel) || form.dataset.confirmLabel;
    const yes = document.getElementById("confirm-yes");
    yes.dataset.usual = yes.dataset.usual || yes.textContent;
    document.getElementById("confirm-question").textContent = question;
    yes.textContent = word || yes.dataset.usual;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.confirmed = "yes";
      if (submitter) form.requestSubmit(submitter);
      else form.requestSubmit();
    }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const question = (submitter && submitter.dataset.confirm) || form.dataset.confirm;
    if (question && form.dataset.confirmed !== "yes") {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form, submitter);
      return;
    }
    delete form.dataset.confirmed;
    if ((form.getAttribute("method") || "").toLowerCase() !== "post" || "again" in form.dataset || form.matches("[hx-post]")) return;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // After the browser has collected the values, so that the pressed button's own value is sent.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button[type=submit], button:not([type]), input[type=submit]")) {
        button.disabled = true;
      }
    }, 0);
  }, true);

  // Coming back with the browser's back button must not find resting buttons.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[type=submit], button:not([type])")) button.disabled = false;
    }
  });

  // Whoever signs out leaves no day with door codes on the device (see the phone page's own script).
  document.addEventListener("submit", (event) => {
    const leaves = (event.target.getAttribute("action") || "").endsWith("/accounts/logout/");
    if (leaves && window.caches) caches.delete("llavero-my-data");
  });

  // Filters that apply as soon as they are changed.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });
})();
