// @ts-check
// Explains npm failures with a remedy. Plain JavaScript, because scripts/run.mjs uses it.
import { networkRemedy } from "../../infra/local/proxies.mjs";

/**
 * @param {string} output
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{ reason: string, remedy: string }}
 */
export function explainNpmFailure(output, environment) {
  const lines = output
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim());
  const code = lines.find((line) => line.startsWith("code "))?.slice(5) ?? "";
  // The message is in the lines after the code; npm also repeats itself and refers to its log.
  const reason =
    lines
      .filter((line) => line !== "" && !/^(code|errno|syscall|A complete log)/.test(line))
      .slice(0, 3)
      .join("\n  ") ||
    output.trim().split("\n").at(-1) ||
    "no output";
  if (code === "ENOSPC" || /no space left/i.test(output))
    return { reason: "no space left on the disk", remedy: "Free up space: the packages need about 600 MB." };
  if (/CERT|certificate/i.test(`${code} ${reason}`)) {
    return {
      reason,
      remedy:
        "The network inspects TLS. Trust its certificate authority: " +
        "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt.",
    };
  }
  if (
    /^(E?CONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|EIDLETIMEOUT|EPROTO)/.test(code) ||
    /network|proxy/i.test(reason)
  ) {
    return { reason, remedy: networkRemedy("The package registry", environment) };
  }
  return { reason, remedy: "Fix the reported problem, then run the same command again." };
}
