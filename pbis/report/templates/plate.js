"use strict";
(() => {
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const byId = (id) => document.getElementById(id);
  const cells = [...document.querySelectorAll("#map td.w")];
  const first = cells.map((cell) => cell.title);
  const metric = byId("metric"), analyte = byId("analyte");
  const words = ["pass", "warn", "held", "fail"], signs = ["", "! ", "? ", "\u2715 "];
  const says = { mfi: "MFI", beads: "Bead count", cv: "CV of replicates, %", result: "Result" };
  const over = { mfi: "Median", beads: "Lowest", cv: "Highest" };

  const shown = (value) => value === null || value === undefined ? "\u2013"
    : String(value).replace(/^(\d{2,3})(\d{3})$/, "$1\u202f$2");
  const known = (values) => values.filter((value) => value !== null);
  const median = (values) => values.length ? values.sort((a, b) => a - b)[values.length >> 1] : null;
  const summary = {
    mfi: median,
    beads: (values) => values.length ? Math.min(...values) : null,
    cv: (values) => values.length ? Math.max(...values) : null,
  };
  const shownOf = (w) => data.apart.concat(data.own[w] || []);
  const severity = (a, w) => a < 0 ? Math.max(0, ...shownOf(w).map((one) => +data.flag[one][w])) : +data.flag[a][w];
  const value = (name, a, w) => a < 0 ? summary[name](known(data[name].map((line) => line[w]))) : data[name][a][w];

  function shade(name, values) {
    const scale = (v) => name === "mfi" ? Math.log(Math.max(v, 1)) : v;
    const numbers = known(values).map(scale);
    const low = Math.min(...numbers), span = Math.max(...numbers) - low || 1;
    return (v) => v === null ? "" : "h" + Math.min(4, Math.floor(5 * (scale(v) - low) / span));
  }

  function detail(w) {
    const a = +analyte.value;
    if (a < 0) return first[w];
    const unit = data.units[a], why = data.reasons[data.why[a][w]];
    const state = words[severity(a, w)] + (why ? ": " + why : "");
    return `${cells[w].dataset.n}. ${data.analytes[a]}: MFI ${shown(data.mfi[a][w])}, ${shown(data.beads[a][w])} beads, `
      + `CV ${shown(data.cv[a][w])} %, result ${shown(data.result[a][w])}${data.result[a][w] ? " " + unit : ""}; ${state}.`;
  }

  function write(w, text, kind) {
    cells[w].lastElementChild.textContent = text;
    cells[w].className = "w " + kind;
    cells[w].title = detail(w);
  }

  function flags(a) {
    cells.forEach((_, w) => {
      const level = severity(a, w);
      const count = shownOf(w).filter((one) => +data.flag[one][w] === level).length;
      if (a < 0 && !level && data.part) write(w, "rest ok", "rest");
      else write(w, a < 0 && level ? signs[level] + count : words[level], words[level]);
    });
    return a < 0 ? `Worst flag of each well over all analytes, and how many analytes have it. ${data.note}`
      : `Flag of ${data.analytes[a]} in each well.`;
  }

  function results(a) {
    cells.forEach((_, w) => write(w, signs[severity(a, w)] + shown(data.result[a][w]), words[severity(a, w)]));
    return `Result of ${data.analytes[a]} in ${data.units[a] || "the unit of the export"}, dilution applied.`;
  }

  function numbers(name, a) {
    const values = cells.map((_, w) => value(name, a, w)), tint = shade(name, values);
    values.forEach((v, w) => {
      const level = a < 0 ? 0 : severity(a, w);
      write(w, signs[level] + shown(v), tint(v) + ["", " mark", " mark", " mark2"][level]);
    });
    const range = known(values);
    const spread = range.length ? ` Darker is higher: ${shown(Math.min(...range))} to ${shown(Math.max(...range))}.` : "";
    return (a < 0 ? `${over[name]} ${says[name]} of each well over all analytes.` : `${says[name]} of ${data.analytes[a]}.`)
      + spread;
  }

  function draw() {
    const a = +analyte.value;
    metric.options[4].disabled = a < 0;
    if (a < 0 && metric.value === "result") metric.value = "flag";
    const name = metric.value;
    byId("map-caption").textContent = name === "flag" ? flags(a) : name === "result" ? results(a) : numbers(name, a);
    byId("legend").textContent = "S standards, C controls, Bkg background. ! has a warning, ? waits for a person, \u2715 failed.";
  }

  const columns = byId("map").rows[0].cells.length - 1;
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

  function move(event) {
    const step = steps[event.key], cell = event.target.closest("td.w");
    if (!step || !cell) return;
    event.preventDefault();
    let row = cell.parentElement.rowIndex, column = cell.cellIndex;
    for (;;) {
      row += step[0];
      column += step[1];
      const line = byId("map").rows[row];
      if (!line || row < 1 || column < 1 || column > columns) return;
      if (line.cells[column].classList.contains("w")) return enter(line.cells[column]);
    }
  }

  function enter(cell) {
    cells.forEach((one) => { one.tabIndex = -1; });
    cell.tabIndex = 0;
    cell.focus();
    tell({target: cell}); // a window that is not in front sends no focusin
  }

  function tell(event) {
    const w = cells.indexOf(event.target.closest("td.w"));
    if (w >= 0) byId("detail").textContent = detail(w);
  }

  data.analytes.forEach((name, position) => analyte.add(new Option(name, position)));
  cells.forEach((cell, position) => { cell.tabIndex = position ? -1 : 0; });
  byId("map").addEventListener("keydown", move);
  byId("map").addEventListener("focusin", tell);
  byId("map").addEventListener("mouseover", tell);
  metric.addEventListener("change", draw);
  analyte.addEventListener("change", draw);
  byId("pickers").hidden = byId("detail").hidden = false;
  draw();
})();
