// The frame of every page: theme switch, menus, copy buttons. Each works on attributes
// in the document; without this file the same buttons are plain forms and links.
"use strict";
(() => {
  const root = document.documentElement;

  function switchTheme(event) {
    event.preventDefault();
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
    const choice = new FormData(event.target);
    choice.set("theme", theme);
    fetch(event.target.action, {method: "POST", body: choice, redirect: "manual"}).catch(() => {});
  }

  function toggleSheet(button) {
    const sheet = document.getElementById(button.getAttribute("aria-controls"));
    const open = sheet.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
    if (open) sheet.querySelector("a, input, button")?.focus();
  }

  function closeSheets() {
    for (const button of document.querySelectorAll("[data-toggles][aria-expanded=true]")) {
      document.getElementById(button.getAttribute("aria-controls")).classList.remove("is-open");
      button.setAttribute("aria-expanded", "false");
      button.focus();
    }
    for (const menu of document.querySelectorAll("details.cm-menu[open]")) menu.open = false;
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.dataset.copied = "";
    document.getElementById("cm-announce").textContent = button.dataset.copiedText;
    setTimeout(() => delete button.dataset.copied, 1600);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-theme-switch]")) {
      switchTheme(event);
    } else if (form.method === "post") {
      // A second click while the first is on its way sends nothing.
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "true";
      for (const button of form.querySelectorAll("button[type=submit]")) {
        button.setAttribute("aria-disabled", "true");
      }
    }
  });

  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button[aria-disabled]")) {
        button.removeAttribute("aria-disabled");
      }
    }
  });

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggles]");
    const copier = event.target.closest("[data-copy]");
    const filler = event.target.closest("[data-fills]");
    if (toggle) toggleSheet(toggle);
    if (copier) copy(copier);
    if (filler) {
      for (const [name, value] of Object.entries(JSON.parse(filler.dataset.fills))) {
        document.querySelector(`[name="${name}"]`).value = value;
      }
      document.querySelector(filler.dataset.then)?.focus();
    }
    for (const menu of document.querySelectorAll("details.cm-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeSheets();
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
  });
})();
