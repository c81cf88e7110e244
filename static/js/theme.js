// Runs before the first paint: a reader who never chose a theme gets the one of the system.
"use strict";
(() => {
  const root = document.documentElement;
  const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1];
  if (chosen) {
    root.dataset.theme = chosen;
  } else if (root.dataset.chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches) {
    root.dataset.theme = "dark";
  }
})();
