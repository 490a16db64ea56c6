// What photos look like in requests and answers.
import { z } from "zod";
import { instantOut } from "../../http/values.ts";
import { maxBytes, sizes, types } from "./picture.ts";
import type { Photo } from "./store.ts";

export const announcement = z.strictObject({
  type: z.enum(types),
  bytes: z.int().min(1).max(maxBytes).meta({ description: "Size of the file." }),
});

export const upload = z.object({
  id: z.uuid().meta({ description: "Of the photo." }),
  upload: z.object({
    method: z.literal("PUT"),
    url: z.string().meta({ description: "Takes the file; needs no token." }),
    headers: z.record(z.string(), z.string()).meta({ description: "To be sent with it, as they are." }),
    expiresAt: instantOut,
  }),
});

const pathOf = (id: string, size: string) => `/api/photos/${id}/${size}`;

export const photo = z
  .object({
    id: z.uuid(),
    width: z.int().meta({ description: "Of the large one, in pixels; so is `height`." }),
    height: z.int(),
    thumbnail: z.string().meta({ description: `Path of a WebP, at most ${sizes.thumbnail} pixels wide and high.` }),
    large: z.string().meta({ description: `Path of a WebP, at most ${sizes.large} pixels wide and high.` }),
  })
  .meta({ id: "Photo" });

export type PhotoWithPaths = z.output<typeof photo>;

export const withPaths = ({ id, width, height }: Photo): PhotoWithPaths => ({
  id,
  width,
  height,
  thumbnail: pathOf(id, "thumbnail"),
  large: pathOf(id, "large"),
});
