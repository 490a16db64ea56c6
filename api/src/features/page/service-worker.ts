// What keeps the page for when there is no network: the last whole page of Shiojiri, in each language, and never a page of
// someone's own place or one that lacks something, which the service says not to store.

/** Plain for browsers, as there is no build between. It asks the network first: nobody gets an old page from it otherwise. */
export const serviceWorker = `"use strict";
const kept = "rainbow-seeker-page-1";
const home = new URL("./", self.location.href);
const keyOf = (url) => { const lang = url.searchParams.get("lang"); return home.href + (lang ? "?lang=" + lang : ""); };
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== kept) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.mode === "navigate" && url.origin === home.origin && url.pathname === home.pathname)
    event.respondWith(answer(request, keyOf(url)));
});
async function answer(request, key) {
  const cache = await caches.open(kept);
  try {
    const response = await fetch(request);
    if (response.ok && !/no-store/.test(response.headers.get("cache-control") || "")) await cache.put(key, response.clone());
    return response;
  } catch {
    const last = await cache.match(key) || await cache.match(home.href);
    if (!last) return Response.error();
    // The page then says that it is not of now.
    const text = (await last.text()).replace("<html ", "<html data-offline ");
    return new Response(text, { headers: last.headers });
  }
}
`;
