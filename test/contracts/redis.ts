// Redis as ElastiCache runs it: TLS only, a token, one node or the shards of a cluster, whose nodes name themselves.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inject, vi } from "vitest";
import { freePorts } from "../lib/ports.ts";

const exec = promisify(execFile);

/** All servers are in one container: with the ports of this machine, which the nodes of a cluster tell their clients. */
const startServers = `
for port in $PORTS; do
  mkdir /tmp/$port && cd /tmp/$port
  redis-server --bind 0.0.0.0 --port 0 --tls-port $port --tls-auth-clients no \\
    --tls-cert-file /certificates/server.pem --tls-key-file /certificates/server-key.pem \\
    --tls-ca-cert-file /certificates/ca.pem --save '' --requirepass "$REDISCLI_AUTH" $(eval echo "$OPTIONS") &
done
wait
`;
const clusterOptions = [
  ["cluster-enabled", "yes"],
  ["cluster-port", "$((port - 1024))"],
  ["tls-cluster", "yes"],
  ["tls-replication", "yes"],
  // As ElastiCache does where TLS is on: addresses would not be in any certificate.
  ["cluster-announce-hostname", "localhost"],
  ["cluster-preferred-endpoint-type", "hostname"],
].flatMap(([name, value]) => [`--${name}`, value]);

const slots = 16_384;

export class RedisServers {
  readonly ports: number[];
  readonly #container: string;
  /** Those that are valid, the newest last. */
  #tokens: string[];

  private constructor(container: string, ports: number[], token: string) {
    this.#container = container;
    this.ports = ports;
    this.#tokens = token === "" ? [] : [token];
  }

  /** @param options.token default: none, as in a cache that has not got its first one */
  static async start(options: { shards: number; token?: string }): Promise<RedisServers> {
    const { shards, token = "" } = options;
    const ports = await freePorts(shards);
    const environment = {
      PORTS: ports.join(" "),
      REDISCLI_AUTH: token,
      OPTIONS: shards > 1 ? clusterOptions.join(" ") : "--protected-mode no",
    };
    const run = ["run", "-d", "--rm", "--entrypoint", "sh", "-v", `${inject("certificates")}:/certificates:ro`];
    for (const [name, value] of Object.entries(environment)) run.push("-e", `${name}=${value}`);
    for (const port of ports) run.push("-p", `127.0.0.1:${port}:${port}`);
    const { stdout } = await exec("docker", [...run, inject("redisImage"), "-c", startServers]);
    const servers = new RedisServers(stdout.trim(), ports, token);
    try {
      await vi.waitFor(() => servers.all("PING"), { timeout: 15_000, interval: 50 });
      if (shards > 1) await servers.#formCluster();
      return servers;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  /** `redis-cli --cluster create` makes no cluster of two shards, which production has. */
  async #formCluster(): Promise<void> {
    const [first = 0, ...others] = this.ports;
    const share = Math.ceil(slots / this.ports.length);
    for (const [index, port] of this.ports.entries()) {
      const last = Math.min((index + 1) * share, slots) - 1;
      await this.cli(port, "CLUSTER", "ADDSLOTSRANGE", String(index * share), String(last));
    }
    for (const port of others) await this.cli(first, "CLUSTER", "MEET", "127.0.0.1", String(port), String(port - 1024));
    const isFormed = async () => {
      for (const state of await this.all("CLUSTER", "INFO"))
        if (!state.includes("cluster_state:ok") || !state.includes(`cluster_size:${this.ports.length}`))
          throw new Error(state);
    };
    await vi.waitFor(isFormed, { timeout: 10_000, interval: 50 });
  }

  async cli(port: number, ...command: string[]): Promise<string> {
    const tls = ["--tls", "--cacert", "/certificates/ca.pem", "-h", "localhost", "-p", String(port)];
    const newest = this.#tokens.at(-1);
    const token = newest === undefined ? [] : ["-e", `REDISCLI_AUTH=${newest}`];
    const { stdout } = await exec("docker", ["exec", ...token, this.#container, "redis-cli", "-e", ...tls, ...command]);
    return stdout;
  }

  /** On each node. */
  all(...command: string[]): Promise<string[]> {
    return Promise.all(this.ports.map((port) => this.cli(port, ...command)));
  }

  /** `modify-replication-group --auth-token … --auth-token-update-strategy ROTATE`: the two newest are valid. */
  async rotateToken(token: string): Promise<void> {
    const valid = [...this.#tokens.slice(-1), token];
    await this.all("ACL", "SETUSER", "default", "resetpass", ...valid.map((each) => `>${each}`));
    this.#tokens = valid;
  }

  /** The same with SET: from now on this one only. */
  async setToken(token: string): Promise<void> {
    await this.all("ACL", "SETUSER", "default", "resetpass", `>${token}`);
    this.#tokens = [token];
  }

  /** As a cache is before its first token. */
  async withoutToken(): Promise<void> {
    await this.all("ACL", "SETUSER", "default", "nopass");
    this.#tokens = [];
  }

  /** Connections that are open stay so when a token goes: this is what an outage or a failover does to them. */
  async dropConnections(): Promise<void> {
    await this.all("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  }

  async stop(): Promise<void> {
    await exec("docker", ["rm", "-f", this.#container]);
  }
}
