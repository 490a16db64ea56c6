// What settings, devices and the history look like in requests and answers.
import { z } from "zod";
import { rule } from "../../http/issues.ts";
import { languages } from "../../http/problems.ts";
import { instantOut, limit } from "../../http/values.ts";
import { attributionSchema } from "../weather/answers.ts";
import { minutesOfDay, type Wishes } from "./decide.ts";

const timePattern = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;
const time = z
  .string()
  .refine((text) => timePattern.test(text), rule("time-of-day"))
  .meta({ pattern: timePattern.source, examples: ["22:00"] });
const quietHours = z
  .strictObject({ from: time, to: time })
  .refine(({ from, to }) => from !== to, { ...rule("times-that-differ"), path: ["to"] })
  .nullable()
  .meta({ description: "By the clocks of `timeZone`, up to `to`; across midnight if `from` is later. null: none." });
/** Offsets are none: they know no summer time. */
const timeZone = z
  .string()
  .max(64)
  .refine((name) => /^[a-z]/i.test(name) && minutesOfDay(new Date(0), name) !== undefined, rule("time-zone"))
  .meta({ description: "Of the IANA database.", examples: ["Asia/Tokyo"] });

/** Also those of the table, for whoever has no row there. */
export const defaultSettings: Wishes = {
  enabled: true,
  quiet: { from: "22:00", to: "07:00" },
  timeZone: "Asia/Tokyo",
};
const settingsFields = { enabled: z.boolean(), quiet: quietHours, timeZone };
export const settings = z.object(settingsFields).meta({ id: "NotificationSettings" });
export const settingsChange = z
  .strictObject(settingsFields)
  .partial()
  .refine((given) => Object.keys(given).length > 0, rule("no-change"));

const language = z.enum(languages).meta({ description: "Of the notifications on this device." });
export const registration = z.strictObject({
  token: z
    .string()
    .refine((token) => /^[\x21-\x7e]{8,1024}$/.test(token), rule("fcm-token"))
    .meta({ description: "Registration token of Firebase Cloud Messaging.", minLength: 8, maxLength: 1024 }),
  language: language.default("ja"),
});
export const device = z
  .object({ id: z.uuid(), language, registeredAt: instantOut.meta({ description: "The last time." }) })
  .meta({ id: "NotificationDevice", description: "Without its token, which nobody needs back." });

export const statuses = ["claimed", "sent", "failed", "no-device", "not-configured", "interrupted"] as const;
export const notification = z
  .object({
    id: z.uuid(),
    placeId: z.uuid().nullable().meta({ description: "null where the place was deleted since." }),
    placeName: z.string(),
    title: z.string().meta({ description: "In the language of the request, as is `body`." }),
    body: z.string(),
    mode: z.enum(["present", "forecast"]),
    permit: z.string().nullable(),
    probability: z.number(),
    threshold: z.number(),
    look: z
      .object({ azimuth: z.number(), elevation: z.number() })
      .nullable()
      .meta({ description: "Degrees: the direction to look in, and how high the top of a bow would be." }),
    observedAt: instantOut.meta({ description: "End of the hour whose weather was observed." }),
    attribution: attributionSchema.nullable(),
    status: z.enum(statuses).meta({
      description:
        "`claimed`: being sent; `sent`: accepted for one device or more; `failed`: see `reason`; `no-device`: none was " +
        "registered; `not-configured`: this service sends none; `interrupted`: the service ended meanwhile, and " +
        "whether it was sent is not known.",
    }),
    reason: z.string().nullable(),
    devices: z.int().meta({ description: "That it was accepted for." }),
    createdAt: instantOut,
  })
  .meta({ id: "Notification" });
export const page = z.object({
  limit,
  before: z.string().optional().meta({ description: "The `next` of the page before." }),
});
