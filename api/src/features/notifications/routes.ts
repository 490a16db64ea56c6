// When somebody wants to be notified, on which devices, and what of.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { cursorOf, readCursor } from "../../http/cursor.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError, languageOf } from "../../http/errors.ts";
import { id } from "../../http/values.ts";
import { device, notification, page, registration, settings, settingsChange } from "./shapes.ts";
import * as store from "./store.ts";
import { attributionOf, textOf } from "./texts.ts";

export function notificationEndpoints(parts: { database: Database; now: () => Date }): Endpoint[] {
  const { database, now } = parts;
  const tag = "notifications";
  const access = "user";
  const ofSettings = { tag, access, path: "/api/notifications/settings" } as const;
  const ofDevices = { tag, access, path: "/api/notifications/devices" } as const;
  return [
    endpoint(
      {
        method: "get",
        path: "/api/notifications",
        tag,
        summary: "My notifications, newest first, page by page",
        access,
        query: page,
        data: z.object({
          notifications: z.array(notification),
          next: z.string().nullable().meta({ description: "Leads to the next page; null on the last one." }),
        }),
      },
      async ({ query: { limit, before }, caller, request, response }) => {
        const found = await store.listNotifications(database, caller.userId, {
          limit,
          before: before === undefined ? undefined : readCursor(before),
        });
        const language = languageOf(request);
        response.set("content-language", language).vary("accept-language");
        const notifications = found.map(({ timeZone, provider, ...shown }) => ({
          ...shown,
          ...textOf({ ...shown, timeZone, provider }, language),
          attribution: attributionOf(provider) ?? null,
        }));
        const last = found.at(-1);
        const next = last && found.length === limit ? cursorOf({ at: last.createdAt, id: last.id }) : null;
        return { notifications, next };
      },
    ),
    endpoint(
      { ...ofSettings, method: "get", summary: "Whether and when I am notified", data: settings },
      async ({ caller }) => store.readSettings(database, caller.userId),
    ),
    endpoint(
      {
        ...ofSettings,
        method: "patch",
        summary: "Change whether and when I am notified",
        description: "Nobody gets more than one notification in an hour.",
        body: settingsChange,
        data: settings,
      },
      async ({ body, caller }) => store.changeSettings(database, caller.userId, body),
    ),
    endpoint(
      { ...ofDevices, method: "get", summary: "My devices", data: z.object({ devices: z.array(device) }) },
      async ({ caller }) => ({ devices: await store.listDevices(database, caller.userId) }),
    ),
    endpoint(
      {
        ...ofDevices,
        method: "post",
        summary: "Register this device",
        description:
          "Once or several times is the same. A token that somebody else registered belongs to whoever registers it " +
          `now. Of more than ${store.mostDevices} devices, the one that was registered longest ago is forgotten.`,
        body: registration,
        data: device,
      },
      async ({ body, caller }) => store.registerDevice(database, caller.userId, { ...body, at: now() }),
    ),
    endpoint(
      {
        method: "delete",
        path: "/api/notifications/devices/{id}",
        tag,
        summary: "Forget a device of mine",
        access: "own",
        params: id,
        data: z.null(),
      },
      async ({ params, caller }) => {
        if (!(await store.removeDevice(database, caller.userId, params.id))) throw new ApiError("not-found");
        return null;
      },
    ),
  ];
}
