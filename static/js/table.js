// Lists: ticking every row, counting what is ticked, and addresses without empty parts. Without
// this file rows are ticked one by one, and addresses are longer.
"use strict";
(() => {
  function boxesOf(form) {
    return document.querySelectorAll(`input[name=pick][form="${form}"]`);
  }

  function told(form) {
    const picked = [...boxesOf(form)].filter((box) => box.checked).length;
    const count = document.querySelector(`#${form} [data-picked]`);
    if (count && picked) count.textContent = `${picked} ${count.dataset.picked}`;
    const all = document.querySelector(`[data-picks-all="${form}"]`);
    if (all) {
      all.checked = picked > 0 && picked === boxesOf(form).length;
      all.indeterminate = picked > 0 && !all.checked;
    }
  }

  document.addEventListener("change", (event) => {
    const all = event.target.dataset?.picksAll;
    if (all) for (const box of boxesOf(all)) box.checked = event.target.checked;
    const form = all || (event.target.name === "pick" && event.target.getAttribute("form"));
    if (form) told(form);
  });

  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("[data-lean]")) return;
    const given = [...event.formData.entries()];
    for (const name of new Set(given.map(([key]) => key))) event.formData.delete(name);
    for (const [name, value] of given) {
      if (value !== "" && value !== "unknown") event.formData.append(name, value);
    }
  });
})();
