// Dockerfiles and words made by chance, always the same for a seed: what BuildKit and actions/build-push read in them is
// compared.
import type { ReadCase, WordCase } from "../../actions/build-push/test/oracle-cases.ts";

/** Numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Chance {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  several<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }
}

const variables = ["A", "B", "VERSION", "TARGETARCH", "BUILDOS", "DIR", "UNSET"];
const pieces = ["a", "b1", "x.y", "-", "/", "lib", "24", "é", "."];

/** `$A`, `${A:-b}`, `${A%.*}`, nested. */
function variable(chance: Chance, escape: string, depth = 0): string {
  const name = chance.pick(variables);
  const word = () => (depth > 1 || chance.oneIn(2) ? chance.pick(pieces) : variable(chance, escape, depth + 1));
  const pattern = () => chance.several(1, 3, () => chance.pick(["*", "?", "a", ".", "b", `${escape}*`, "1"])).join("");
  return chance.pick([
    () => `$${name}`,
    () => `\${${name}}`,
    () => `\${${name}${chance.pick([":-", "-", ":+", "+"])}${word()}}`,
    () => `\${${name}${chance.pick(["#", "##", "%", "%%"])}${pattern()}}`,
    () => `\${${name}${chance.pick(["/", "//"])}${pattern()}/${chance.pick(pieces.filter((piece) => piece !== "/"))}}`,
    () => `\${${name}${chance.pick([":?", "?"])}${chance.pick(["", "must be set"])}}`,
  ])();
}

/** A word of quotes, escapes, variables and plain text; most, not all, are valid. */
export function madeWord(seed: number): WordCase {
  const chance = new Chance(seed);
  const escape = chance.oneIn(5) ? "`" : "\\";
  const inner = () => (chance.oneIn(2) ? variable(chance, escape) : chance.pick(pieces));
  const part = () =>
    chance.pick([
      inner,
      inner,
      () => variable(chance, escape),
      () => `"${inner()}${chance.pick(["", `${escape}"`, "'", `${escape}x`, `${escape}$`])}"`,
      () => `'${chance.pick([...pieces, "$A", '"', escape])}'`,
      () => escape + chance.pick(["$", "x", '"', "'", escape, " "]),
      () => chance.pick(["<", "<<", "$", "{", "}", "$$", "${", "${}", "${A", "${A!b}", "$1", "$12x", "${A:#b}", "$@"]),
    ])();
  return {
    word: chance.several(1, 5, part).join(""),
    escape,
    values: { A: chance.pick(["a", "", "x.y.z", "a/b/a"]), VERSION: "24.1.0", DIR: "lib/a b", TARGETARCH: "arm64" },
  };
}

const images = ["a", "node:24", "b/c:1", "localhost:5000/d", "ghcr.io/e/f:x", "scratch", `g@sha256:${"1".repeat(64)}`];
const stageNames = ["build", "Test", "base", "final"];
const sources = ["src", ".", "./package.json", "*.js", "src/**/x", "go.su[m]", "a/./b", "../up", "/abs", "é", "$DIR"];

/** A whole Dockerfile; most, not all, are valid. */
export function madeDockerfile(seed: number): ReadCase {
  const chance = new Chance(seed);
  const escape = chance.oneIn(8) ? "`" : "\\";
  const begun: string[] = [];
  const reference = () => (begun.length > 0 && !chance.oneIn(3) ? chance.pick(begun) : chance.pick(images));
  const number = () => (begun.length > 0 && chance.oneIn(4) ? String(chance.below(begun.length)) : reference());
  const value = () => (chance.oneIn(3) ? variable(chance, escape) : chance.pick(["a", "1", '"q r"', "lib", "x.y"]));
  const argument = () => `ARG ${chance.pick(variables)}${chance.oneIn(3) ? "" : `=${value()}`}`;
  const breakable = (text: string): string =>
    chance.oneIn(6) && !text.startsWith("#")
      ? text.replace(" ", ` ${escape}\n${chance.pick(["", "# comment\n", "\n", "   # c\n"])}  `)
      : text;
  const source = () => (chance.oneIn(5) ? variable(chance, escape) : chance.pick(sources));
  const copy = (keyword: string): string => {
    const flags = chance.several(0, 2, () =>
      chance.pick(["--chown=1:1", "--link", "--chmod=644", keyword === "COPY" ? `--from=${number()}` : "--link"]),
    );
    const from = chance.several(1, 3, source);
    if (keyword === "ADD" && chance.oneIn(3)) from.push("https://example.com/x.tar");
    if (chance.oneIn(5)) return `${keyword} ${[...new Set(flags)].join(" ")} ${JSON.stringify([...from, "/d/"])}`;
    if (chance.oneIn(6)) return `${keyword} <<EOF ${from.join(" ")} /d/\nCOPY fake /\nFROM fake\nEOF`;
    return `${keyword} ${[...new Set(flags)].join(" ")} ${from.join(" ")} /d/`;
  };
  const mount = () =>
    chance.pick([
      () => "--mount=type=cache,target=/c",
      () => "--mount=type=secret,id=s,required",
      () => "--mount=type=bind,source=w,target=/w,rw",
      () => `--mount=type=bind,FROM=${reference()},target=/m`,
      () => `--mount=from=${reference()},source=/x,target=/m`,
      () => `'--mount=type=bind,"source=a,b",target=/m'`.slice(1, -1).replaceAll('"', `${escape}"`),
      () => `--mount=type=bind,src=${source().replaceAll(/[^\w$./{}*]/g, "")},dst=/m`,
      () => `--mount="type=bind,source=q r,target=/m"`,
    ])();
  const run = (): string => {
    const mounts = chance.several(0, 2, mount).join(" ");
    return chance.pick([
      () => `RUN ${mounts} make`,
      () => `RUN ${mounts} echo "<<EOF"`,
      () => `RUN ${mounts} ["echo", "<<EOF"]`,
      () => `RUN ${mounts} cat <<EOF\nFROM fake\nCOPY --from=fake / /\nEOF`,
      () => `RUN ${mounts} <<-'END' cat <<"TWO" # x\n\tFROM fake\n\tEND\nCOPY fake /\nTWO`,
      () => `RUN ${mounts} echo 'it' && echo "a $(( 1 << 2 ))"`,
    ])();
  };
  const step = (): string =>
    chance.pick([
      argument,
      () => `ENV ${chance.pick(variables)}=${value()} ${chance.pick(variables)}=${value()}`,
      () => `ENV ${chance.pick(variables)} ${value()}`,
      () => copy("COPY"),
      () => copy("COPY"),
      () => copy("ADD"),
      run,
      run,
      () => `ONBUILD ${chance.oneIn(2) ? copy("COPY") : run()}`,
      () => "WORKDIR /w",
      () => "# a comment, FROM nothing",
      () => 'CMD ["x"]',
      () => "LABEL a=b",
    ])();
  const stage = (): string[] => {
    const tag = () =>
      chance.pick([() => variable(chance, escape), () => "${TARGETARCH}", () => "${VERSION:-1}${A+x}"])();
    const image = chance.oneIn(4) ? `${chance.pick(["a", "node"])}${chance.pick([":", "-"])}${tag()}` : reference();
    const platform = chance.oneIn(6)
      ? `--platform=${chance.pick(["$BUILDPLATFORM", "linux/arm64", "$TARGETPLATFORM"])} `
      : "";
    const name = chance.oneIn(3) ? undefined : `${chance.pick(stageNames)}${chance.oneIn(3) ? begun.length : ""}`;
    const written = chance.oneIn(5) ? `"${image}"` : image;
    const from = `${chance.pick(["FROM", "from"])} ${platform}${written}${name === undefined ? "" : ` ${chance.pick(["AS", "as"])} ${name}`}`;
    const steps = chance.several(0, 5, step);
    begun.push(name?.toLowerCase() ?? String(begun.length));
    return [from, ...steps];
  };
  const lines = [
    ...(escape === "`" ? ["# escape=`"] : []),
    ...chance.several(0, 3, argument),
    ...chance.several(1, 4, stage).flat(),
  ].map(breakable);
  return {
    dockerfile: `${lines.join(chance.oneIn(10) ? "\r\n" : "\n")}\n`,
    target: chance.oneIn(3) ? (chance.pick(begun.filter((name) => !/^\d/.test(name))) ?? "") : "",
    args: chance.oneIn(2) ? { A: chance.pick(["a", "", "x.y"]), VERSION: "1.2" } : {},
    platform: chance.pick(["linux/amd64", "linux/arm64", "linux/arm/v7"]),
  };
}
