// Values that several features take and give.
import { z } from "zod";
import { rule } from "./issues.ts";

export const lat = z
  .number()
  .min(-90)
  .max(90)
  .meta({ description: "Degrees north.", examples: [36.11] });
export const lon = z
  .number()
  .min(-180)
  .max(180)
  .meta({ description: "Degrees east.", examples: [137.95] });

/** A time that is sent to us: text with its offset, so that it is one instant. */
export const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** A time in an answer: a Date here, text in JSON. */
export const instantOut = z.date().meta({ override: { type: "string", format: "date-time" } });

/** A number in a query, where all values are text; text that is no number stays what it is, and is refused. */
export const numeric = <Schema extends z.ZodNumber>(schema: Schema) =>
  z.preprocess((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value), schema);

/** How many of a list. */
export const limit = numeric(z.number().int().min(1).max(100)).default(50);

export const id = z.object({ id: z.uuid() });

/**
 * What breaks a line, turns the direction of writing, or is half of a character. What joins signs to one, such as an
 * emoji, may stay.
 */
const controls = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** A name that other people's devices show: one line of at most `max` characters, without space around it. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !controls.test(value), rule("no-control-characters"));

/** Text that PostgreSQL can hold: any but the character 0. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), rule("no-null-character"));
