import { describe, expect, it } from "vitest";
import { whyNpmFailed } from "./npm.mjs";

const says = (code: string, text: string) =>
  `npm error code ${code}\nnpm error errno ${code}\nnpm error ${text}\nnpm error A complete log of this run can be found in: /home/me/.npm/_logs/x.log\n`;

describe("whyNpmFailed", () => {
  it.each([
    ["ENOSPC", "nospc write", "no space is left on the disk", /Make room/],
    [
      "EAI_AGAIN",
      "request to the registry failed, reason: getaddrinfo EAI_AGAIN",
      "request to the registry failed, reason: getaddrinfo EAI_AGAIN",
      /must be reachable for the first run\. Behind a proxy, set http_proxy/,
    ],
    [
      "SELF_SIGNED_CERT_IN_CHAIN",
      "request failed, reason: self-signed certificate in certificate chain",
      "request failed, reason: self-signed certificate in certificate chain",
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      "EUSAGE",
      "package.json and package-lock.json are not in sync",
      "package.json and package-lock.json are not in sync",
      /Mend what npm names/,
    ],
  ])("%s", (code, text, reason, remedy) => {
    const answer = whyNpmFailed(says(code, text), {});
    expect(answer.reason).toBe(reason);
    expect(answer.remedy).toMatch(remedy);
  });

  it("names the proxy, without its password", () => {
    const { remedy } = whyNpmFailed(says("ECONNREFUSED", "connect ECONNREFUSED"), {
      HTTPS_PROXY: "http://me:hunter2@proxy:3128",
    });
    expect(remedy).toContain("HTTPS_PROXY=http://…@proxy:3128");
    expect(remedy).not.toContain("hunter2");
  });

  it("has something to say when npm has not", () => {
    expect(whyNpmFailed("", {}).reason).toBe("it said nothing");
    expect(whyNpmFailed("Killed\n", {}).reason).toBe("Killed");
  });
});
