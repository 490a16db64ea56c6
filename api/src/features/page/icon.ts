// Three arcs: in a tab, and on the home screen of a phone.

const arcs = [
  ["#e5383b", "M2 13a6 6 0 0 1 12 0"],
  ["#f9c74f", "M4 13a4 4 0 0 1 8 0"],
  ["#277da1", "M6 13a2 2 0 0 1 4 0"],
] as const;

const drawn = arcs.map(([colour, path]) => `<path stroke="${colour}" d="${path}"/>`).join("");

/** On a ground of its own, with room around it: systems cut icons round (a maskable icon keeps the middle 80 %). */
export const iconSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -5.5 24 24" fill="none" stroke-width="2">' +
  `<path fill="#eef2f8" d="M-4-5.5h24v24H-4z"/>${drawn}</svg>`;

/** Small, without a ground: as an address that needs no request. */
export const iconAddress =
  "data:image/svg+xml," +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke-width="2">${drawn}</svg>`,
  );
