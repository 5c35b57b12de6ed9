// What the desk does more where scripts run; every page works without.
"use strict";

// A block that is pasted into a well of a layout is laid over the wells from there on, without the numbers and letters at its edges
// (pbis/pipeline/pasting.py); one that is larger than what is left of the plate is refused, and nothing of it is laid.
const counts = (cells, first) => cells.length > 0 && cells.every((cell, at) => cell === String(first + at));
const counted = (many, one) => `${many} ${one}${many === 1 ? "" : "s"}`;
const letter = (at) => "ABCDEFGHIJKLMNOP"[at];

function withoutEdges(rows) {
  const [head, ...below] = rows;
  if (below.length && head[0] === "" && counts(head.slice(1), 1)) {
    if (!below.every((row, at) => row[0] === "" || row[0] === letter(at))) return null;
    return below.map((row) => row.slice(1));
  }
  if (below.length && counts(head, 1) && !counts(below[0], head.length + 1)) return below;
  if (rows.every((row, at) => row[0] === letter(at))) return rows.map((row) => row.slice(1));
  return rows;
}

function refusePaste(well, words) {
  well.setCustomValidity(words);
  well.reportValidity();
  well.addEventListener("input", () => well.setCustomValidity(""), {once: true});
  setTimeout(() => well.setCustomValidity(""), 8000);  // nothing was pasted: the form as it stands can be sent
}

document.addEventListener("paste", (event) => {
  const well = event.target;
  if (!(well instanceof HTMLInputElement) || well.name !== "cell" || !event.clipboardData) return;
  const text = event.clipboardData.getData("text").replace(/[\r\n]+$/, "");
  const copied = text.split(/\r?\n/).map((line) => line.split("\t").map((cell) => cell.trim()));
  if (copied.length === 1 && copied[0].length === 1) return;
  event.preventDefault();
  const rows = withoutEdges(copied);
  if (!rows) {
    refusePaste(well, "Above the block stand numbers and beside it no letters; copy the wells alone, or with both.");
    return;
  }
  const wells = new Map([...well.form.querySelectorAll("[name=cell]")].map((each) => [`${each.dataset.row}/${each.dataset.column}`, each]));
  const places = rows.flatMap((cells, down) => cells.map((cell, right) =>
    [wells.get(`${Number(well.dataset.row) + down}/${Number(well.dataset.column) + right}`), cell]));
  if (places.some(([each, cell]) => !each && cell)) {
    refusePaste(well, `The block has ${counted(rows.length, "row")} and ${counted(Math.max(...rows.map((row) => row.length)), "column")}, which go beyond the wells of this plate from here on; nothing was pasted.`);
    return;
  }
  for (const [each, cell] of places) if (each) each.value = cell;
});
