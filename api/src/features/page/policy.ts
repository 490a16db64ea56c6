// What a browser may do for the page: its own style sheet and script, its own picture of a tab, and photos of sightings.
// Nothing else is fetched.
import { createHash } from "node:crypto";
import { script } from "./script.ts";
import { style, styleWithoutScript } from "./style.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src ${hashOf(style)} ${hashOf(styleWithoutScript)}`,
  `script-src ${hashOf(script)}`,
  "img-src data: 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A place is asked for by a button, and nothing else of the device. */
export const permissionsPolicy = "geolocation=(self), camera=(), microphone=()";
