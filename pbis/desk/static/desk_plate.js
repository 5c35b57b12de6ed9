// The plate by keyboard: list, analytes, wells; what can be decided about a well is one Enter away. Everything is also a link or a form.
"use strict";
(() => {
  const place = document.querySelector(".review[data-place]").dataset.place;
  const byId = (id) => document.getElementById(id);
  const tiles = [...document.querySelectorAll(".tiles a")];
  const map = byId("map"), picker = byId("analyte"), keys = byId("keys"), button = byId("show-keys");
  const names = JSON.parse(byId("map-data").textContent).analytes;
  const nameOf = (tile) => tile.querySelector("b").textContent;

  function toggle() {
    keys.hidden = !keys.hidden;
    button.setAttribute("aria-expanded", String(!keys.hidden));
  }

  function besides(tile, key) {
    const at = tiles.indexOf(tile), box = tile.getBoundingClientRect();
    if (key === "ArrowRight") return tiles[at + 1];
    if (key === "ArrowLeft") return tiles[at - 1];
    const line = (other) => other.getBoundingClientRect();
    const rest = key === "ArrowDown" ? tiles.slice(at + 1) : tiles.slice(0, at).reverse();
    return rest.find((other) => line(other).top !== box.top && Math.abs(line(other).left - box.left) < 2);
  }

  function pick(tile) {
    const at = names.indexOf(nameOf(tile));
    if (at < 0 || !map) return;
    picker.value = String(at);
    picker.dispatchEvent(new Event("change"));
    map.querySelector("td.w[tabindex='0']").focus();
  }

  function open(cell) {
    const asked = new URLSearchParams({what: "wells", well: cell.dataset.n.split(",")[0]});
    if (+picker.value >= 0) asked.append("analyte", names[+picker.value]);
    location.assign(`${place}/exclude?${asked}`);
  }

  function onTile(event, tile) {
    const next = event.key.startsWith("Arrow") && besides(tile, event.key);
    if (next) next.focus();
    else if (event.key === "Enter") pick(tile);
    else if (event.key === "Escape") location.assign("/plates");
    else return;
    event.preventDefault();
  }

  function onCell(event, cell) {
    if (event.key === "Enter") open(cell);
    else if (event.key === "Escape") (tiles.find((tile) => nameOf(tile) === names[+picker.value]) || tiles[0]).focus();
    else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const tile = event.target.closest(".tiles a"), cell = event.target.closest("#map td.w");
    if (event.key === "?") toggle();
    else if (tile) onTile(event, tile);
    else if (cell) onCell(event, cell);
  });
  button.addEventListener("click", toggle);
  button.hidden = false;
})();
