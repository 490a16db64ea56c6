// Runs steps that build on each other, and counts them.

/** A step may return a measurement. */
export type Step = [name: string, run: () => Promise<string | void>];

/** Goes on after a failure, but not after one of the first step: the others need a running system. */
export async function runSteps(steps: Step[]): Promise<void> {
  let passed = 0;
  let failed = 0;
  for (const [index, [name, step]] of steps.entries()) {
    const start = Date.now();
    console.log(`· ${name}`);
    try {
      const measurement = await step();
      console.log(`· ${name}: ${measurement ?? `${((Date.now() - start) / 1000).toFixed(1)} s`}`);
      passed += 1;
    } catch (error) {
      failed += 1;
      console.log(`✗ ${name}:\n${error instanceof Error ? error.stack : String(error)}`);
      if (index === 0) break;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
}
