// Photos of sightings: announced, uploaded to the storage itself, checked, and seen by everyone.
import { promisify } from "node:util";
import express, { type Request, type Response } from "express";
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint, plainEndpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { parse } from "../../http/issues.ts";
import { id } from "../../http/values.ts";
import type { DiskStorage } from "./disk.ts";
import { keptType, maxBytes, type ReadPicture, type Size, sizes } from "./picture.ts";
import { announcement, photo, upload, withPaths } from "./shapes.ts";
import type { PhotoStorage } from "./storage.ts";
import * as store from "./store.ts";

export interface PhotoParts {
  database: Database;
  /** Undefined where none is configured. */
  storage: PhotoStorage | undefined;
  readPicture: ReadPicture;
}

const tag = "photos";
/** Seconds that others may keep a photo, and show one that has been deleted. */
const maxAge = 86_400;

export function photoEndpoints({ database, storage, readPicture }: PhotoParts): Endpoint[] {
  const stored = (): PhotoStorage => {
    if (!storage) throw new ApiError("no-photos");
    return storage;
  };
  const one = { tag, params: id } as const;
  const mine = async (userId: string, photoId: string): Promise<store.OwnedPhoto> => {
    const found = await store.findPhoto(database, photoId);
    if (!found) throw new ApiError("not-found");
    if (found.userId !== userId) throw new ApiError("not-yours");
    return found;
  };

  return [
    endpoint(
      {
        ...one,
        method: "post",
        path: "/api/sightings/{id}/photos",
        summary: "Announce a photo of a sighting of mine",
        description:
          "The answer says where to send the file; `complete` then checks it. Until that, nobody sees it, and after an " +
          `hour it is forgotten. A sighting has at most ${store.maxPerSighting} photos.`,
        access: "owner",
        body: announcement,
        status: 201,
        data: upload,
        problems: ["limit-reached", "no-photos", "photos-unavailable"],
      },
      async ({ params, body, caller, request }) => {
        const storage = stored();
        const announced = await store.announcePhoto(database, { userId: caller.userId, sightingId: params.id });
        if (typeof announced === "string") throw new ApiError(announced);
        const target = await storage.uploadOf({ key: store.uploadKey(announced.id), ...body });
        return { ...announced, upload: { ...target, url: new URL(target.url, originOf(request)).href } };
      },
    ),
    endpoint(
      {
        ...one,
        method: "post",
        path: "/api/photos/{id}/complete",
        summary: "Check the file that was uploaded, and show the photo",
        description:
          "Of the file only the picture is kept, in two sizes, without place, camera or time. A file that is no picture " +
          "is deleted, and its photo with it. Once or several times is the same.",
        access: "owner",
        data: photo,
        problems: [
          "no-photos",
          "not-uploaded",
          "not-a-picture",
          "too-many-pixels",
          "too-large",
          "busy",
          "photos-unavailable",
        ],
      },
      async ({ params, caller }) => {
        const storage = stored();
        const known = (await mine(caller.userId, params.id)).photo;
        if (known) return withPaths(known);
        const file = await storage.read(store.uploadKey(params.id));
        if (!file) throw new ApiError("not-uploaded");
        const picture = file.length > maxBytes ? "too-large" : await readPicture(file);
        if (typeof picture === "string") {
          await store.deletePhoto(database, params.id);
          throw new ApiError(picture);
        }
        const { files, width, height } = picture;
        for (const size of Object.keys(files) as Size[])
          await storage.write(store.keyOf(params.id, size), files[size], keptType);
        if (!(await store.setReady(database, { id: params.id, width, height }))) {
          await store.requestRemoval(database, params.id);
          throw new ApiError("not-found");
        }
        return withPaths({ id: params.id, width, height });
      },
    ),
    endpoint(
      {
        ...one,
        method: "delete",
        path: "/api/photos/{id}",
        summary: "Take a photo of mine back",
        description: "Its files are removed within minutes; copies that others keep expire within a day.",
        access: "owner",
        data: z.null(),
      },
      async ({ params, caller }) => {
        await mine(caller.userId, params.id);
        await store.deletePhoto(database, params.id);
        return null;
      },
    ),
    ...(Object.keys(sizes) as Size[]).map((size) =>
      plainEndpoint(
        {
          ...one,
          method: "get",
          path: `/api/photos/{id}/${size}`,
          summary: size === "large" ? "A photo" : "A photo, small",
          answers: {
            200: { description: "The picture.", types: [keptType] },
            304: { description: "It is as it was." },
          },
          problems: ["not-found", "no-photos", "photos-unavailable"],
        },
        (request, response) => sendPhoto({ database, storage: stored(), size }, request, response),
      ),
    ),
  ];
}

async function sendPhoto(
  { database, storage, size }: { database: Database; storage: PhotoStorage; size: Size },
  request: Request,
  response: Response,
): Promise<void> {
  const { success, data } = id.safeParse(request.params);
  if (!success || !(await store.findPhoto(database, data.id))?.photo) throw new ApiError("not-found");
  // A photo never changes. Express answers 304 by the tag, and then nothing has to be read.
  response.set({ etag: `"${data.id}-${size}"`, "cache-control": `public, max-age=${maxAge}` }).type(keptType);
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const content = await storage.read(store.keyOf(data.id, size)).catch((error: unknown) => {
    response.removeHeader("etag");
    response.set("cache-control", "no-store");
    throw error;
  });
  if (!content) throw new ApiError("not-found");
  response.send(content);
}

const proof = z.object({ expires: z.coerce.number(), signature: z.string() });
const readFile = promisify(express.raw({ type: () => true, limit: maxBytes }));

/** Where the storage is a folder, this service takes the files itself, as S3 does: whoever has the address may send one. */
export function diskUploadEndpoint(storage: DiskStorage): Endpoint {
  return plainEndpoint(
    {
      tag,
      method: "put",
      path: "/api/photos/{id}/upload",
      summary: "Send the file of a photo, in development",
      description: "On AWS, files go to S3.",
      params: id,
      query: proof,
      answers: { 200: { description: "It is there." } },
      problems: ["not-found", "too-large", "upload-refused"],
    },
    async (request, response) => {
      const { success, data } = id.safeParse(request.params);
      if (!success) throw new ApiError("not-found");
      const given = parse("query", proof, request.query);
      const announced = {
        key: store.uploadKey(data.id),
        type: request.get("content-type") ?? "",
        bytes: Number(request.get("content-length")),
      };
      if (!storage.isAnnounced(announced, given)) throw new ApiError("upload-refused");
      await readFile(request, response);
      await storage.write(announced.key, request.body as Buffer, announced.type);
      response.end();
    },
  );
}

const originOf = (request: Request) => `${request.protocol}://${request.get("host") ?? "localhost"}`;
