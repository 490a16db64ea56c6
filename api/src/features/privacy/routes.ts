// What we know of someone, for that person: as a file, and gone.
import { z } from "zod";
import type { Database } from "../../database.ts";
import { type Endpoint, endpoint } from "../../http/endpoint.ts";
import { ApiError } from "../../http/errors.ts";
import { instantOut } from "../../http/values.ts";
import type { CheckPassword } from "../auth/password-check.ts";
import { findById } from "../auth/store.ts";
import { eraseData, exportData } from "./personal-data.ts";

export function privacyEndpoints(parts: {
  database: Database;
  checkPassword: CheckPassword;
  now: () => Date;
}): Endpoint[] {
  const { database, checkPassword, now } = parts;
  const tag = "privacy";
  return [
    endpoint(
      {
        method: "get",
        path: "/api/privacy/export",
        tag,
        summary: "All my data",
        access: "user",
        data: z.object({ exportedAt: instantOut, personal: z.record(z.string(), z.array(z.unknown())) }),
      },
      async ({ caller, response }) => {
        response.attachment("rainbow-seeker.json").set("cache-control", "no-store");
        return { exportedAt: now(), personal: await exportData(database, caller.userId) };
      },
    ),
    endpoint(
      {
        method: "post",
        path: "/api/privacy/erase",
        tag,
        summary:
          "Erase my reports, photos, likes, places, devices and notifications; the account and its settings stay",
        access: "user",
        body: z.strictObject({ password: z.string().min(1).max(200) }),
        data: z.object({ erased: z.record(z.string(), z.int()) }),
        problems: ["wrong-credentials", "too-many-attempts"],
      },
      async ({ body, caller, request }) => {
        const account = await findById(database, caller.userId);
        if (!account) throw new ApiError("not-logged-in");
        await checkPassword(request, { email: account.email, password: body.password, find: async () => account });
        return { erased: await eraseData(database, account.id) };
      },
    ),
  ];
}
