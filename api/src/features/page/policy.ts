// What a browser may do for the page: its own style sheets and scripts, pictures and sightings of this service, and tiles of
// whoever the settings name.
import { createHash } from "node:crypto";
import { script } from "./script.ts";
import { style, styleWithoutScript } from "./style.ts";
import type { Tiles } from "./tiles.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export const contentSecurityPolicy = (tiles?: Tiles): string =>
  [
    "default-src 'none'",
    `style-src 'self' ${hashOf(style)} ${hashOf(styleWithoutScript)}`,
    `script-src 'self' ${hashOf(script)}`,
    ["img-src data: 'self'", ...(tiles ? [new URL(tiles.url).origin] : [])].join(" "),
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** A place is asked for by a button, and nothing else of the device. */
export const permissionsPolicy = "geolocation=(self), camera=(), microphone=()";
