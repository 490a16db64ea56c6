// The description of the API, for programs and for people; made when it is first asked for.
import { z } from "zod";
import { type Endpoint, plainEndpoint } from "../../http/endpoint.ts";
import { languageOf } from "../../http/errors.ts";
import { openApiDocument, type OpenApiDocument } from "./document.ts";
import { contentSecurityPolicy, renderDocs } from "./page.ts";

export function docsEndpoints(parts: { endpoints: () => Endpoint[]; version: string }): Endpoint[] {
  let document: OpenApiDocument | undefined;
  const read = () => (document ??= openApiDocument(parts.endpoints(), parts.version));
  return [
    plainEndpoint(
      {
        method: "get",
        path: "/openapi.json",
        tag: "docs",
        summary: "This document",
        answers: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) } },
      },
      (_request, response) => {
        response.json(read());
      },
    ),
    plainEndpoint(
      {
        method: "get",
        path: "/docs",
        tag: "docs",
        summary: "This document as a page",
        answers: { 200: { description: "A page without scripts.", types: ["text/html"] } },
      },
      (request, response) => {
        response
          .set("content-security-policy", contentSecurityPolicy)
          .vary("accept-language")
          .type("html")
          .send(renderDocs(read(), languageOf(request)));
      },
    ),
  ];
}
