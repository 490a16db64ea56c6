// The variables of a stage, as far as they are known without its base image.
import { declarationsOf, variablesOf } from "./arguments.ts";
import type { Instruction } from "./lines.ts";
import { expand, type Variables } from "./words.ts";

/** null: its value is in an image that was not looked into. */
type Value = string | null;

class UnknownValue extends Error {
  override name = "UnknownValue";
}

/** Arguments that BuildKit does not set as variables. */
const settingsOnly = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);
/** Their values depend on the version of the frontend. */
const ofNewFrontends = new Set(["TARGETSTAGE", "TARGETOSVERSION", "BUILDOSVERSION"]);

export class Environment implements Variables {
  /** Whether variables that are not in here may be set by the base image. */
  private readonly isOpen: boolean;
  private values: Map<string, Value>;
  /** Those of ENV, which become the image's. */
  private readonly ofImage: Map<string, Value>;
  /** A variable whose name is not known may be any. */
  private isLost = false;

  private constructor(isOpen: boolean, ofImage: Map<string, Value>, values: Map<string, Value>) {
    this.isOpen = isOpen;
    this.ofImage = ofImage;
    this.values = values;
  }

  static ofBase({ isScratch }: { isScratch: boolean }): Environment {
    // PATH is always set, to what the builder likes.
    return new Environment(!isScratch, new Map(), new Map([["PATH", null]]));
  }

  /** Of a stage that continues this one: arguments stay as well, but the variables of the image come after them. */
  continued(): Environment {
    const values = new Map<string, Value>();
    for (const [name, value] of this.values) values.set(name, this.isOpen ? null : value);
    for (const [name, value] of this.ofImage) values.set(name, value);
    const continued = new Environment(this.isOpen, new Map(this.ofImage), values);
    continued.isLost = this.isLost;
    return continued;
  }

  get(name: string): string | undefined {
    const value = this.values.get(name);
    if (this.isLost || value === null || (value === undefined && this.isOpen)) throw new UnknownValue(name);
    return value;
  }

  /** The word with its variables; undefined: not known before the build. */
  expand(word: string, escape: string): string | undefined {
    try {
      return expand(word, this, escape);
    } catch {
      // Not known, or a mistake that the builder will report.
      return undefined;
    }
  }

  addEnv(instruction: Instruction, escape: string): void {
    // All values see the variables from before the instruction.
    const pairs = variablesOf(instruction, escape).map(({ name, value = "" }) => ({
      name: this.expand(name, escape),
      value: this.expand(value, escape) ?? null,
    }));
    for (const { name, value } of pairs) {
      if (name === undefined) this.isLost = true;
      else {
        this.values.set(name, value);
        this.ofImage.set(name, value);
      }
    }
  }

  /** @returns the names that the instruction declares */
  addArg(
    instruction: Instruction,
    { escape, buildArgs, globals }: { escape: string; buildArgs: Variables; globals: Variables },
  ): string[] {
    const declared = declarationsOf(instruction, escape);
    for (const { name, value } of declared) {
      if (settingsOnly.has(name)) continue;
      const given = buildArgs.get(name);
      if (given !== undefined) this.values.set(name, given);
      else if (value !== undefined) this.values.set(name, this.expand(value, escape) ?? null);
      else {
        const inherited = ofNewFrontends.has(name) ? null : globals.get(name);
        if (inherited !== undefined) this.values.set(name, inherited);
      }
    }
    return declared.map(({ name }) => name);
  }
}
