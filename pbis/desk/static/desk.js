// What the desk does more where scripts run; every page works without.
"use strict";

// A block that is pasted into a well of a layout is laid over the wells from there on.
document.addEventListener("paste", (event) => {
  const well = event.target;
  if (!(well instanceof HTMLInputElement) || well.name !== "cell" || !event.clipboardData) return;
  const rows = event.clipboardData.getData("text").replace(/[\r\n]+$/, "").split(/\r?\n/).map((line) => line.split("\t"));
  if (rows.length === 1 && rows[0].length === 1) return;
  event.preventDefault();
  rows.forEach((cells, down) => cells.forEach((text, right) => {
    const at = `[data-row="${Number(well.dataset.row) + down}"][data-column="${Number(well.dataset.column) + right}"]`;
    const other = well.form.querySelector(at);
    if (other) other.value = text.trim();
  }));
});
