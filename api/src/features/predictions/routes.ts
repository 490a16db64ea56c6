// How likely a rainbow is: the question goes to ml, which checks and answers it.
import { Router } from "express";
import type { Ml } from "./ml.ts";

export function predictionRoutes(ml: Ml): Router {
  const router = Router();
  router.post("/", async (request, response) => {
    const data = await ml.predict(request.body, String(response.locals["requestId"]));
    response.json({ success: true, data });
  });
  return router;
}
