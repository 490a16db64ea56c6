// Passwords of registries: ECR's from AWS, others' from where docker has them.
import { GetAuthorizationTokenCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import { readSettings, type Password } from "./docker-session.ts";

/** Account and region of an ECR host; dual-stack, FIPS and China included. */
const ecrHost =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([\w-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

export interface PasswordOptions {
  /** Client of a region; without one, of the job's. */
  ecr: (region?: string) => ECRClient;
  /** Host of the repository, which may be called otherwise than ECR calls it. */
  own: string | undefined;
  run: RunProcess;
  clock: Clock;
  environment: NodeJS.ProcessEnv;
}

export class Passwords {
  private readonly options: PasswordOptions;
  private readonly tokens = new Map<string, Promise<{ token: string; expires: number }>>();

  constructor(options: PasswordOptions) {
    this.options = options;
  }

  isEcr(host: string): boolean {
    return host === this.options.own || ecrHost.test(host);
  }

  /** What docker logs in with. A new one when the last has less than `enough` milliseconds left. */
  async ofEcr(host: string, enough = 0): Promise<Password> {
    const { token, expires } = await this.token(host, enough);
    const [user, password] = Buffer.from(token, "base64")
      .toString()
      .split(/:([^]*)/) as [string, string];
    return { user, password, expires };
  }

  /** "user:password" in base64; undefined when nobody knows any. */
  basic = async (host: string): Promise<string | undefined> =>
    this.isEcr(host) ? (await this.token(host, 0)).token : this.fromDocker(host);

  private async token(host: string, enough: number): Promise<{ token: string; expires: number }> {
    // A token opens every registry of the region that the role may use.
    const region = ecrHost.exec(host)?.[2] ?? "";
    const known = await this.tokens.get(region);
    if (known && known.expires - this.options.clock.now() > enough) return known;
    const asked = this.ask(region || undefined);
    this.tokens.set(region, asked);
    return asked;
  }

  private async ask(region: string | undefined): Promise<{ token: string; expires: number }> {
    const { authorizationData = [] } = await withAwsErrorContext(
      "ecr:GetAuthorizationToken",
      this.options.ecr(region).send(new GetAuthorizationTokenCommand({})),
    );
    const [data] = authorizationData;
    if (!data?.authorizationToken) throw new FailedError("ecr:GetAuthorizationToken answered without a token.");
    return {
      token: data.authorizationToken,
      expires: data.expiresAt?.getTime() ?? this.options.clock.now() + 12 * 3_600_000,
    };
  }

  private async fromDocker(host: string): Promise<string | undefined> {
    const { auths = {}, credHelpers = {}, credsStore } = await readSettings(this.options.environment);
    // Docker Hub goes by an older name in there.
    for (const name of host === "registry-1.docker.io"
      ? ["https://index.docker.io/v1/", "docker.io"]
      : [host, `https://${host}`]) {
      if (auths[name]?.auth) return auths[name].auth;
      const helper = credHelpers[name] ?? (auths[name] ? credsStore : undefined);
      if (!helper) continue;
      const { code, stdout } = await this.options.run([`docker-credential-${helper}`, "get"], { input: name });
      if (code !== 0) continue;
      const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
      return Buffer.from(`${Username}:${Secret}`).toString("base64");
    }
    return undefined;
  }
}
