// @ts-check
// The proxy that is in use is as likely a cause as the network. Plain JavaScript: scripts/run.mjs needs it too.

const variables = [
  "https_proxy",
  "HTTPS_PROXY",
  "http_proxy",
  "HTTP_PROXY",
  "npm_config_https_proxy",
  "npm_config_proxy",
];

/**
 * What to do when something outside cannot be reached. Names the proxy without its user and password.
 * @param {string} what
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function networkRemedy(what, environment = process.env) {
  const used = variables
    .filter((name) => environment[name])
    .map((name) => `${name}=${environment[name]?.replace(/\/\/[^@/]*@/, "//…@")}`);
  const first = `${what} must be reachable the first time`;
  if (used.length > 0)
    return `${first}, through the proxy that is set (${used.join(", ")}): check that it is the right one and answers.`;
  return `${first}. Behind a proxy, set http_proxy, https_proxy and no_proxy=localhost,127.0.0.1.`;
}
