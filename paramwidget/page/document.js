// Opens, closes and searches the list of layers, shows one tensor at a time, and gives pictures the colours of the theme.
// Names are only ever read and written as text. Without this script everything on the page is open.
"use strict";

const MOST_OPEN = 200; // rows; of a larger model only the outermost layers are listed at first

const rows = [...document.querySelectorAll("#rows > li")];
const depths = rows.map((row) => Number(row.style.getPropertyValue("--d")));
const closed = new Set();
const parents = [];
const paths = [];
{
  const above = [];
  rows.forEach((row, i) => {
    above.length = depths[i];
    parents.push(depths[i] > 0 ? above[depths[i] - 1] : -1);
    const name = row.querySelector("bdi").textContent.toLowerCase().replaceAll(".", "/");
    paths.push(depths[i] > 0 ? `${paths[parents[i]]}/${name}` : name);
    above.push(i);
  });
  if (rows.length > MOST_OPEN) {
    rows.forEach((row, i) => {
      if (row.classList.contains("l")) closed.add(i);
    });
  }
}

const search = document.getElementById("search");
const found = document.getElementById("found");

/** Shows the rows that match, with the layers around them; without a search, those that are not in a closed layer. */
function list() {
  const words = search.value.toLowerCase().replaceAll(".", "/").split(/\s+/).filter(Boolean);
  const visible = new Array(rows.length).fill(false);
  let matches = 0;
  for (let i = 0; i < rows.length; i++) {
    const parent = parents[i];
    if (words.length === 0) visible[i] = parent < 0 || (visible[parent] && !closed.has(parent));
    else if (words.every((word) => paths[i].includes(word))) {
      matches += 1;
      for (let at = i; at >= 0 && !visible[at]; at = parents[at]) visible[at] = true;
    }
  }
  rows.forEach((row, i) => {
    row.hidden = !visible[i];
    if (row.classList.contains("l")) {
      row.querySelector("button")?.setAttribute("aria-expanded", String(words.length > 0 || !closed.has(i)));
    }
  });
  found.textContent = words.length === 0 ? "" : matches === 1 ? "1 match" : `${matches} matches`;
}

function toggle(i, close) {
  if (close) closed.add(i);
  else closed.delete(i);
  list();
}

const box = document.getElementById("rows");
box.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button && search.value === "") {
    const i = rows.indexOf(button.parentElement);
    toggle(i, !closed.has(i));
  }
});

// arrows as in any tree: up and down go on, right opens, left closes or goes to the layer
box.addEventListener("keydown", (event) => {
  const i = rows.indexOf(event.target.closest("li"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    for (let at = i + step; at >= 0 && at < rows.length; at += step) {
      const target = rows[at].hidden ? null : rows[at].querySelector("a, button");
      if (target) {
        target.focus();
        break;
      }
    }
  } else if (event.key === "ArrowRight" && closed.has(i)) toggle(i, false);
  else if (event.key === "ArrowLeft") {
    if (rows[i].querySelector("button") && !closed.has(i) && search.value === "") toggle(i, true);
    else rows[parents[i]]?.querySelector("button")?.focus();
  } else return;
  event.preventDefault();
});

search.addEventListener("input", list);
search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") [...box.querySelectorAll("li:not([hidden]) > :is(a, button)")][0]?.focus();
});

const cards = [...document.querySelectorAll(".card")];
const links = new Map([...box.querySelectorAll("a")].map((link) => [link.getAttribute("href").slice(1), link]));

/** Shows the tensor that the address names, or the first, and returns its card. */
function choose() {
  const name = location.hash.slice(1);
  const chosen = cards.find((card) => card.id === name) ?? cards[0];
  for (const card of cards) card.hidden = card !== chosen;
  for (const [id, link] of links) {
    if (id === chosen?.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  return chosen;
}
window.addEventListener("hashchange", () => {
  const chosen = choose();
  chosen?.scrollIntoView({ block: "start" });
  links.get(chosen?.id)?.focus({ preventScroll: true }); // going to a place in a page takes the keyboard from the list
});

// The colours are a part of their own in the file of a picture, always at the same place.
const pictures = [...document.querySelectorAll(".heat img")].map((img) => ({ img, light: img.src }));
const theme = matchMedia("(prefers-color-scheme: dark)");
function paint(dark) {
  for (const { img, light } of pictures) img.src = dark ? recoloured(light) : light;
}
function recoloured(address) {
  const start = address.indexOf(",") + 1 + PALETTE_AT;
  return address.slice(0, start) + DARK_PALETTE + address.slice(start + DARK_PALETTE.length);
}
theme.addEventListener("change", () => paint(theme.matches));
window.addEventListener("beforeprint", () => paint(false));
window.addEventListener("afterprint", () => paint(theme.matches));

list();
choose();
if (theme.matches) paint(true);
