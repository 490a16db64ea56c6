// Tiles under the map of the page, which are somebody else's: a setting, and credited where they are shown.
import { z } from "zod";

export interface Tiles {
  /** With {z}, {x} and {y}. */
  url: string;
  attribution: string;
  /** Where their owner says how they may be used. */
  link: string;
}

/** Empty in the development environment. */
const optional = (pattern: RegExp, message: string) =>
  z
    .string()
    .refine((text) => text === "" || pattern.test(text), message)
    .transform((text) => (text === "" ? undefined : text))
    .optional();

export const tileSettings = {
  /** Without it the map has none, and browsers ask nobody else for anything. */
  MAP_TILES_URL: optional(
    /^https:\/\/[^/{}\s]+\/(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})\S+$/,
    "must be an https URL with {z}, {x} and {y} in its path",
  ),
  MAP_TILES_ATTRIBUTION: optional(
    /^[^|]+\|https:\/\/\S+$/,
    "must be TEXT|LINK, with an https link to the terms of use",
  ),
};

type Settings = { MAP_TILES_URL?: string | undefined; MAP_TILES_ATTRIBUTION?: string | undefined };

export function checkTiles({ MAP_TILES_URL, MAP_TILES_ATTRIBUTION }: Settings, context: z.RefinementCtx): void {
  if ((MAP_TILES_URL === undefined) === (MAP_TILES_ATTRIBUTION === undefined)) return;
  const message = "MAP_TILES_URL and MAP_TILES_ATTRIBUTION go together: set both or none";
  const path = [MAP_TILES_URL === undefined ? "MAP_TILES_ATTRIBUTION" : "MAP_TILES_URL"];
  context.addIssue({ code: "custom", path, message });
}

export function tilesOf({ MAP_TILES_URL: url, MAP_TILES_ATTRIBUTION: named = "" }: Settings): Tiles | undefined {
  const [attribution = "", link = ""] = named.split("|");
  return url === undefined ? undefined : { url, attribution, link };
}
