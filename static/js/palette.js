// Command palette and keyboard: Ctrl K, "/", "?", and g followed by a letter. Without this file
// the search box of the top bar leads to the search page.
"use strict";
(() => {
  const dialog = document.getElementById("cm-palette");
  const keys = document.getElementById("cm-keys");
  if (!dialog || !keys) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  const WAIT_MS = 120;
  const SEQUENCE_MS = 2000;
  let timer = 0;
  let asked = 0;
  let sequenceUntil = 0;
  let isBehind = false; // The list does not answer what stands in the box yet.
  let isEntered = false; // Enter was pressed meanwhile: what comes first is opened.

  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({block: "nearest"});
  }

  async function look() {
    const mine = ++asked;
    const address = `${dialog.dataset.address}?q=${encodeURIComponent(input.value)}`;
    try {
      const reply = await fetch(address, {headers: {"X-Requested-With": "fetch"}});
      if (mine !== asked || !reply.ok) return;
      list.innerHTML = await reply.text();
    } catch {
      return; // Away: what was found before stays, and the box can still be sent.
    }
    options().forEach((option, place) => { option.id = `cm-palette-${place}`; });
    choose(options()[0]);
    isBehind = false;
    if (isEntered) follow();
  }

  function follow() {
    if (isBehind) {
      isEntered = true;
      return;
    }
    const chosen = list.querySelector("[aria-selected=true]");
    if (chosen) location.assign(chosen.dataset.address);
  }

  function open(text = "") {
    if (dialog.open) return;
    keys.close();
    input.value = text;
    isBehind = isEntered = false;
    dialog.showModal();
    input.focus();
    look();
  }

  function move(step) {
    const all = options();
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    choose(all[(at + step + all.length) % all.length]);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    isBehind = true;
    timer = setTimeout(look, WAIT_MS);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      follow();
    }
  });

  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-address]");
    if (chosen) location.assign(chosen.dataset.address);
  });

  // The box of a dialog that was just closed keeps the focus until the next frame.
  function isTyping(target) {
    const field = target.closest("input, textarea, select, [contenteditable]");
    return field?.checkVisibility() ?? false;
  }

  function press(letter) {
    document.querySelector(`[data-key="${CSS.escape(letter)}"]`)?.click();
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (!isPlain || isTyping(event.target) || dialog.open) return;
    // When a key was pressed counts, not when a busy page came to look at it.
    if (event.timeStamp < sequenceUntil) {
      sequenceUntil = 0;
      press(event.key.toLowerCase());
    } else if (event.key === "g") {
      sequenceUntil = event.timeStamp + SEQUENCE_MS;
    } else if (event.key === "/") {
      event.preventDefault();
      open();
    } else if (event.key === "?") {
      keys.open ? keys.close() : keys.showModal();
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const closer = event.target.closest("[data-closes]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (closer) document.getElementById(closer.dataset.closes)?.close();
    if (event.target === dialog || event.target === keys) event.target.close();
  });

  document.addEventListener("input", (event) => {
    const wanted = event.target.dataset?.filters;
    if (!wanted) return;
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const line of document.getElementById(wanted).children) {
      line.hidden = !words.every((word) => line.textContent.toLowerCase().includes(word));
    }
  });

  document.getElementById("cm-search")?.addEventListener("click", (event) => {
    open(event.target.value);
  });
})();
