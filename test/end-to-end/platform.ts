// What Terraform has made: its output `platform`, from the state of the local AWS.
import { readFile } from "node:fs/promises";
import { terraformState } from "../../infra/local/ministack.ts";

interface Outputs {
  platform: {
    value: {
      database: { address: string; port: number; name: string; master_secret_arn: string };
      buckets: { backups: string };
    };
  };
}

export async function platformOutputs(): Promise<Outputs["platform"]["value"]> {
  const state = JSON.parse(await readFile(terraformState, "utf8")) as { outputs: Outputs };
  return state.outputs.platform.value;
}
