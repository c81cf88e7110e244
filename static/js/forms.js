// Sheets and drafts. A link with data-sheet shows the sheet of the page it leads to, in place; a
// form with data-draft keeps what was typed in this browser until it is sent. Without this file
// the link leads to that page, and the form is a form.
"use strict";
(() => {
  const DAYS = 7;
  let isOpening = false; // A second click while a sheet is on its way opens no second one.

  async function openSheet(link) {
    const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), "text/html");
    const sheet = page.querySelector(".cm-sheet");
    if (!sheet) return location.assign(link.href);
    const dialog = document.createElement("dialog");
    dialog.className = "cm-dialog cm-dialog--sheet";
    dialog.setAttribute("aria-label", sheet.querySelector("h2")?.textContent ?? link.textContent);
    for (const form of sheet.querySelectorAll("form:not([action])")) form.action = link.href;
    dialog.append(document.adoptNode(sheet));
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    dialog.addEventListener("click", (event) => {
      const away = event.target.closest("a.cm-btn");
      if (event.target === dialog || away) {
        event.preventDefault();
        dialog.close();
      }
    });
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (isOpening) return;
    isOpening = true;
    openSheet(link)
      .catch(() => location.assign(link.href))
      .finally(() => { isOpening = false; });
  });

  function keepable(form) {
    return [...form.elements].filter((field) =>
      field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));
  }

  function typed(form) {
    return keepable(form).map((field) =>
      ["checkbox", "radio"].includes(field.type) ? field.checked : field.value);
  }

  function restore(form, note, key) {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null");
    const fields = keepable(form);
    if (!kept || kept.values.length !== fields.length) return;
    if (Date.now() - kept.at > DAYS * 86_400_000) return localStorage.removeItem(key);
    if (JSON.stringify(kept.values) === JSON.stringify(typed(form))) return;
    fields.forEach((field, place) => {
      if (["checkbox", "radio"].includes(field.type)) field.checked = kept.values[place];
      else field.value = kept.values[place];
    });
    note.hidden = false;
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  for (const note of document.querySelectorAll("[data-draft]")) {
    const form = note.closest("form");
    const key = `draft:${note.dataset.draft}`;
    // What the server sent back with an error is newer than any draft.
    if (!form.querySelector("[aria-invalid=true]")) restore(form, note, key);
    form.addEventListener("input", () =>
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: typed(form) })));
    form.addEventListener("submit", () => localStorage.removeItem(key));
    note.querySelector("[data-forgets]").addEventListener("click", () => {
      localStorage.removeItem(key);
      form.reset();
      note.hidden = true;
    });
  }
})();

// Days and moments as the market writes them. A browser writes them in its own language, whatever
// the page's; while nobody types there, a field shows `2026-11-20 14:05`. Its value is untouched.
(() => {
  const FIELDS = 'input[type="date"], input[type="datetime-local"]';
  const EMPTY = document.documentElement.lang.startsWith("zh") ? "年-月-日" : "YYYY-MM-DD";

  function show(field) {
    if (field.validity.badInput) delete field.dataset.shown;
    else field.dataset.shown = field.value ? field.value.replace("T", " ") : EMPTY;
  }

  for (const name of ["input", "change", "focusout"]) {
    document.addEventListener(name, (event) => {
      if (event.target.matches?.(FIELDS)) show(event.target);
    });
  }
  document.querySelectorAll(FIELDS).forEach(show);
})();
