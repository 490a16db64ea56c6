// What a workflow does without build-push: only the commands, without the startup of the actions that wrap them.
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { runProcess } from "../actions/shared/src/process.ts";
import { required } from "../actions/shared/src/required.ts";
import type { SmallAws } from "../test/lib/small-aws.ts";

/**
 * Logs in to the registry, then runs the commands.
 *
 * @returns seconds
 */
export async function timeUsualWay(aws: SmallAws, commands: string[][], env: NodeJS.ProcessEnv): Promise<number> {
  const began = Date.now();
  const { authorizationData } = await new ECRClient(aws.settings).send(new GetAuthorizationTokenCommand({}));
  const token = required(authorizationData?.[0]?.authorizationToken, "ecr:GetAuthorizationToken: authorizationToken");
  const [, password = ""] = Buffer.from(token, "base64").toString().split(":");
  const login = ["docker", "login", "--username", "AWS", "--password-stdin", aws.registry];
  for (const command of [login, ...commands]) {
    const { code, stderr } = await runProcess(command, { env, ...(command === login ? { input: password } : {}) });
    if (code !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  }
  return (Date.now() - began) / 1000;
}
