// Functions that V8 compiles at once when it reads a file. Of others it only looks for the end, and reads them again when
// they are called, which is a millisecond or two of a run's start.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { attempt } from "../../infra/local/process.ts";

/** Inputs that lead an action to its first call to AWS. */
const firstCalls: Record<string, Record<string, string>> = {
  "actions/deploy": { service: "api", "task-definition": "api:1" },
  "actions/render-task-definition": { service: "api", images: "api=x" },
  "actions/rollback": { service: "api" },
  "actions/root": { service: "api", images: "api=x" },
};

/** An arrow function, minified; parentheses in its parameters up to three deep. */
const arrowFunction = /^(?:async ?)?(?:[\w$]+|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))=>/;

/** From the first character of a function to the one after its last. */
type Range = [start: number, end: number];

/**
 * Puts the arrow functions of a bundle that are called until its first call to AWS into parentheses, by which V8 tells
 * which to compile at once (https://v8.dev/blog/preparser, "PIFEs"). They change nothing else. Methods and declarations
 * can have none.
 *
 * @param code of index.js, minified.
 * @param folder of the action; nothing is done for one that does not always call AWS.
 */
export async function withFunctionsAtOnce(code: string, folder: string): Promise<string> {
  const inputs = firstCalls[folder];
  return inputs === undefined ? code : inParentheses(code, await calledFunctions(code, inputs));
}

export function inParentheses(code: string, functions: Range[]): string {
  const edits = functions
    .filter(([start, end]) => arrowFunction.test(code.slice(start, end)) && code[start - 1] !== "(")
    .flatMap(([start, end]) => [
      { at: start, text: "(" },
      { at: end, text: ")" },
    ]);
  const parts: string[] = [];
  let done = 0;
  for (const { at, text } of edits.toSorted((a, b) => a.at - b.at)) {
    parts.push(code.slice(done, at), text);
    done = at;
  }
  return parts.join("") + code.slice(done);
}

/** The same ones on every machine: there is nothing in the environment but what is given here. */
async function calledFunctions(code: string, inputs: Record<string, string>): Promise<Range[]> {
  const folder = await mkdtemp(join(root, "node_modules/.cache/functions-"));
  try {
    const [index, noted] = [join(folder, "index.js"), join(folder, "functions.json")];
    await writeFile(index, code);
    await writeFile(join(folder, "package.json"), '{ "type": "commonjs" }');
    // What it says does not matter: without a request there is no file.
    await attempt([process.execPath, "--import", join(root, "scripts/lib/note-functions.mjs"), index], {
      cwd: folder,
      env: {
        HOME: folder,
        AWS_REGION: "ap-northeast-1",
        AWS_ACCESS_KEY_ID: "none",
        AWS_SECRET_ACCESS_KEY: "none",
        // Before it is asked, the process ends.
        AWS_ENDPOINT_URL: "http://127.0.0.1:9",
        NOTED_FILE: index,
        NOTED_FUNCTIONS: noted,
        ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      },
    });
    const text = await readFile(noted, "utf8").catch((cause: unknown) => {
      throw new Error(`It ends without a call to AWS: are its inputs in ${import.meta.filename} right?`, { cause });
    });
    return JSON.parse(text) as Range[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
