// Sightings: report one, read one, list, and those nearby; change, take back, like.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { cursorOf, readCursor } from "../../http/cursor.ts";
import { id } from "../../http/values.ts";
import { around, box, change, nearbySighting, page, report, sighting } from "./shapes.ts";
import * as store from "./store.ts";

const sinceHours = (hours: number) => new Date(Date.now() - hours * 3_600_000);

export function sightingEndpoints({ database }: { database: Database }): Endpoint[] {
  const tag = "sightings";
  const one = { tag, params: id, path: "/api/sightings/{id}" } as const;
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw new ApiError("not-found");
    return value;
  };
  /** Why a sighting is none of the caller's: everyone may know whether there is one. */
  const refuse = async (viewer: string, sightingId: string): Promise<never> => {
    found(await store.findSighting(database, viewer, sightingId));
    throw new ApiError("not-yours");
  };

  return [
    endpoint(
      {
        method: "post",
        path: "/api/sightings",
        tag,
        summary: "Report a rainbow",
        access: "user",
        body: report,
        status: 201,
        data: sighting,
      },
      async ({ body, caller, response }) => {
        const created = await store.createSighting(database, caller.userId, body);
        response.location(`/api/sightings/${created.id}`);
        return created;
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/sightings",
        tag,
        summary: "The newest sightings, page by page",
        access: "anyone-or-user",
        query: page,
        data: z.object({
          sightings: z.array(sighting),
          next: z.string().nullable().meta({ description: "Leads to the next page; null on the last one." }),
        }),
      },
      async ({ query: { limit, before }, caller }) => {
        const sightings = await store.listSightings(database, caller?.userId, {
          limit,
          before: before === undefined ? undefined : readCursor(before),
        });
        const last = sightings.at(-1);
        return {
          sightings,
          next: last && sightings.length === limit ? cursorOf({ at: last.seenAt, id: last.id }) : null,
        };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/sightings/nearby",
        tag,
        summary: "Sightings around a place, nearest first",
        access: "anyone-or-user",
        query: around,
        data: z.object({ sightings: z.array(nearbySighting) }),
      },
      async ({ query: { radius_km: radiusKm, hours, ...where }, caller }) => {
        const near = { ...where, radiusKm, since: sinceHours(hours) };
        return { sightings: await store.sightingsNear(database, caller?.userId, near) };
      },
    ),
    endpoint(
      {
        method: "get",
        path: "/api/sightings/box",
        tag,
        summary: "Sightings on a map, newest first",
        description: "A map across the 180th meridian has its west east of its east.",
        access: "anyone-or-user",
        query: box,
        data: z.object({ sightings: z.array(sighting) }),
      },
      async ({ query: { hours, limit, ...map }, caller }) => {
        const within = { box: map, since: sinceHours(hours), limit };
        return { sightings: await store.sightingsWithin(database, caller?.userId, within) };
      },
    ),
    endpoint(
      { ...one, method: "get", summary: "One sighting", access: "anyone-or-user", data: sighting },
      async ({ params, caller }) => found(await store.findSighting(database, caller?.userId, params.id)),
    ),
    endpoint(
      {
        ...one,
        method: "patch",
        summary: "Correct a sighting of mine",
        access: "owner",
        body: change,
        data: sighting,
      },
      async ({ params, body, caller: { userId } }) =>
        (await store.updateSighting(database, userId, { ...params, ...body })) ?? refuse(userId, params.id),
    ),
    endpoint(
      { ...one, method: "delete", summary: "Take a sighting of mine back", access: "owner", data: z.null() },
      async ({ params, caller: { userId } }) =>
        (await store.deleteSighting(database, userId, params.id)) ? null : refuse(userId, params.id),
    ),
    ...([true, false] as const).map((liked) =>
      endpoint(
        {
          ...one,
          path: "/api/sightings/{id}/like",
          method: liked ? "put" : "delete",
          summary: liked ? "Like a sighting" : "Like it no more",
          description: "Once or several times is the same.",
          access: "user",
          data: sighting.pick({ likes: true, liked: true }),
        },
        async ({ params, caller }) => {
          const { likes, liked: isLiked } = found(
            await store.setLike(database, caller.userId, { id: params.id, liked }),
          );
          return { likes, liked: isLiked };
        },
      ),
    ),
  ];
}
