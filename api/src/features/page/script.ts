// The one script in the page. Without it everything is there but the button for one's own place, the map, and the page
// offline.

import { mapLoader } from "./map-script.ts";

/** Of the elements that it works with. */
export const ids = { button: "my-place", status: "place-status", privacy: "privacy" } as const;

/** Plain for browsers, as there is no build between; what it says is in the data of the status element. */
export const script = `"use strict";${mapLoader}(() => {
const button = document.getElementById("${ids.button}"), status = document.getElementById("${ids.status}");
const say = (what) => { status.textContent = status.dataset[what]; button.disabled = what === "asking"; };
const found = ({ coords }) => {
  const query = new URLSearchParams(location.search);
  // About a kilometre: nothing finer leaves this device.
  query.set("lat", coords.latitude.toFixed(2));
  query.set("lon", coords.longitude.toFixed(2));
  location.search = query.toString();
};
button.addEventListener("click", () => {
  if (!navigator.geolocation || !isSecureContext) return say("unavailable");
  say("asking");
  navigator.geolocation.getCurrentPosition(found, ({ code }) => say(code === 1 ? "refused" : "unavailable"),
    { maximumAge: 600000, timeout: 10000 });
});
// Back from the browser's memory the button would still wait.
addEventListener("pageshow", () => { button.disabled = false; status.textContent = ""; });
if (navigator.serviceWorker) navigator.serviceWorker.register("sw.js").catch(() => {});
// Whoever comes back to the page after a while gets it as it is now; nothing moves under the eyes of a reader.
const opened = Date.now();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && Date.now() - opened > 300000) location.reload();
});
})();`;
