// The map, in the reader's browser: Leaflet draws it when it comes into view. Where it stands, what it says and whose tiles
// it may ask for is in the data of its element.

/** Of the elements that it works with. */
export const mapIds = { map: "map", status: "map-status" } as const;

/** In the page, where the map is asked for; it loads nothing before. */
export const mapLoader = `addEventListener("DOMContentLoaded", () => {
const box = document.getElementById("${mapIds.map}");
if (!box || !window.IntersectionObserver) return;
const load = (tag, place) => new Promise((resolve, reject) => {
  const element = Object.assign(document.createElement(tag), place);
  element.onload = resolve; element.onerror = reject;
  document.head.append(element);
});
const observer = new IntersectionObserver(async (entries) => {
  if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
  observer.disconnect();
  const { css, leaflet, script } = box.dataset;
  try {
    await Promise.all([load("link", { rel: "stylesheet", href: css }), load("script", { src: leaflet })]);
    await load("script", { src: script });
  } catch { document.getElementById("${mapIds.status}").textContent = box.dataset.failed; }
}, { rootMargin: "200px" });
observer.observe(box);
});`;

/** After Leaflet. Plain for browsers, as there is no build between. */
export const mapScript = `"use strict";(async () => {
const box = document.getElementById("${mapIds.map}"), status = document.getElementById("${mapIds.status}");
const given = JSON.parse(box.dataset.map), { words } = given;
const here = L.latLng(given.lat, given.lon), km = 1000;
const css = getComputedStyle(document.documentElement), colour = (name) => css.getPropertyValue(name).trim();
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const map = L.map(box, {
  zoomControl: false, scrollWheelZoom: false, zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still,
  // One finger scrolls the page; two move the map.
  dragging: !matchMedia("(pointer: coarse)").matches, minZoom: 6, maxZoom: 16, zoomSnap: 0.25,
});
map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
if (given.tiles) L.tileLayer(given.tiles.url, { attribution: given.tiles.attribution, maxZoom: 18 }).addTo(map);
const line = { color: colour("--soft"), weight: 1, fill: false, interactive: false };
for (const radius of [5, 10, given.radiusKm]) {
  L.circle(here, { ...line, radius: radius * km, dashArray: "2 5" }).addTo(map);
  label(destination(180, radius), radius + " km", "map-label");
}
map.fitBounds(L.latLng(here).toBounds(2 * given.radiusKm * km), { animate: false });
if (given.look) {
  const { azimuth, half } = given.look, rim = [];
  for (let at = -half; at <= half; at += half / 12) rim.push(destination(azimuth + at, given.radiusKm));
  L.polygon([here, ...rim], { color: colour("--link"), weight: 2, fillOpacity: 0.15, interactive: false }).addTo(map);
  label(destination(azimuth, given.radiusKm * 0.7), words.look, "map-label");
}
for (const { name, lat, lon } of given.towns) label([lat, lon], name, "map-label map-town");
L.circleMarker(here, {
  className: "map-here", radius: 6, color: colour("--card"), weight: 2, fillColor: colour("--ink"), fillOpacity: 1, interactive: false,
}).addTo(map);

function destination(bearing, distance) {
  const d = distance / 6371, b = bearing * Math.PI / 180, lat = here.lat * Math.PI / 180;
  const to = Math.asin(Math.sin(lat) * Math.cos(d) + Math.cos(lat) * Math.sin(d) * Math.cos(b));
  const aside = Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(lat), Math.cos(d) - Math.sin(lat) * Math.sin(to));
  return [to * 180 / Math.PI, here.lng + aside * 180 / Math.PI];
}
function label(place, text, className) {
  const span = document.createElement("span");
  span.textContent = text;
  L.marker(place, { interactive: false, keyboard: false, icon: L.divIcon({ className, html: span, iconSize: [0, 0] }) }).addTo(map);
}

const seen = L.layerGroup().addTo(map), shown = new Set();
const time = new Intl.DateTimeFormat(words.language === "en" ? "en-GB" : words.language, { timeZone: "Asia/Tokyo", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
function show({ id, lat, lon, seenAt, intensity, doubleBow, photos }) {
  if (shown.has(id)) return;
  shown.add(id);
  const text = document.createElement("div");
  text.textContent = [time.format(new Date(seenAt)), words.brightness[intensity], doubleBow ? words.doubleBow : ""].filter(Boolean).join(" · ");
  if (photos && photos[0]) {
    const { thumbnail, large, width, height } = photos[0], scale = Math.min(1, 200 / width, 150 / height);
    const link = document.createElement("a"), image = new Image(width * scale, height * scale);
    // Relative, as the page may stand below a path.
    link.href = large.slice(1); image.src = thumbnail.slice(1); image.alt = words.photo;
    link.append(image); text.append(link);
  }
  // A marker that the keyboard reaches, and that says what it is.
  const icon = L.divIcon({ className: "map-bow", iconSize: [24, 24] });
  L.marker([lat, lon], { icon, keyboard: true, alt: text.textContent, title: text.textContent }).bindPopup(text, { maxWidth: 220, autoPanPaddingTopLeft: [52, 8] }).addTo(seen);
}
let asked = 0;
async function read() {
  const mine = asked += 1, bounds = map.getBounds();
  const edge = (value, limit) => Math.max(-limit, Math.min(limit, value)).toFixed(3);
  const query = new URLSearchParams({
    west: edge(bounds.getWest(), 180), east: edge(bounds.getEast(), 180),
    south: edge(bounds.getSouth(), 90), north: edge(bounds.getNorth(), 90), hours: String(24 * given.days), limit: "100",
  });
  try {
    const response = await fetch("api/sightings/box?" + query);
    if (!response.ok) throw new Error(String(response.status));
    const { data } = await response.json();
    if (mine !== asked) return;
    for (const sighting of data.sightings) show(sighting);
    status.textContent = "";
  } catch { if (mine === asked) status.textContent = box.dataset.failed; }
}
// Leaflet listens only while the map itself has the focus, and not a bow on it.
box.addEventListener("keydown", ({ key }) => { if (key === "Escape") map.closePopup(); });
map.on("moveend", read);
box.dataset.state = "drawn";
await read();
box.dataset.state = "filled";
})();`;
