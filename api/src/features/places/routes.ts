// The places where a person wants to know of rainbows.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { id } from "../../http/values.ts";
import { newPlace, place, placeChange } from "./shapes.ts";
import { createPlace, deletePlace, listPlaces, mostPlaces, updatePlace } from "./store.ts";

export function placeEndpoints({ database }: { database: Database }): Endpoint[] {
  const tag = "places";
  const one = { tag, params: id, path: "/api/places/{id}", access: "own" } as const;
  return [
    endpoint(
      {
        method: "get",
        path: "/api/places",
        tag,
        summary: "My places",
        access: "user",
        data: z.object({ places: z.array(place) }),
      },
      async ({ caller }) => ({ places: await listPlaces(database, caller.userId) }),
    ),
    endpoint(
      {
        method: "post",
        path: "/api/places",
        tag,
        summary: "Add a place, to be notified when a rainbow is likely there",
        description: `An account has up to ${mostPlaces} places. Nobody else sees them.`,
        access: "user",
        body: newPlace,
        status: 201,
        data: place,
        problems: ["limit-reached"],
      },
      async ({ body, caller }) => {
        const created = await createPlace(database, caller.userId, body);
        if (created === "gone") throw new ApiError("not-logged-in");
        if (created === undefined) throw new ApiError("limit-reached", { details: { most: mostPlaces } });
        return created;
      },
    ),
    endpoint(
      { ...one, method: "patch", summary: "Change a place of mine", body: placeChange, data: place },
      async ({ params, body, caller: { userId } }) => {
        const changed = await updatePlace(database, userId, { ...params, ...body });
        if (!changed) throw new ApiError("not-found");
        return changed;
      },
    ),
    endpoint(
      { ...one, method: "delete", summary: "Delete a place of mine", data: z.null() },
      async ({ params, caller: { userId } }) => {
        if (!(await deletePlace(database, userId, params.id))) throw new ApiError("not-found");
        return null;
      },
    ),
  ];
}
