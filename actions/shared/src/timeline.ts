// When what was done, as a picture: a Gantt chart that GitHub draws from Mermaid.
import { formatDuration, type Clock } from "./clock.ts";
import { raw, type Markup } from "./summary/markup.ts";

interface Phase {
  name: string;
  began: number;
  ended: number;
  passed: boolean;
}

export class Timeline {
  private readonly clock: Clock;
  private readonly phases: Phase[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Notes when a phase began and how it ended, and passes on its result or error. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = this.clock.now();
    try {
      const result = await work();
      this.phases.push({ name, began, ended: this.clock.now(), passed: true });
      return result;
    } catch (error) {
      this.phases.push({ name, began, ended: this.clock.now(), passed: false });
      throw error;
    }
  }

  /** Name of the phase that failed; undefined: none has. */
  get failed(): string | undefined {
    return this.phases.find(({ passed }) => !passed)?.name;
  }

  /** Seconds of each phase, to the hundredth. */
  get seconds(): Record<string, number> {
    return Object.fromEntries(
      this.phases.map(({ name, began, ended }) => [name, Math.round((ended - began) / 10) / 100]),
    );
  }

  markdown(title: string): Markup {
    const bars = this.phases.map(
      ({ name, began, ended, passed }) =>
        `  ${name} (${formatDuration(ended - began)}) :${passed ? "done" : "crit"}, ${Math.round(began)}, ${Math.round(Math.max(ended, began + 1))}`,
    );
    // Mermaid has no escapes in a title.
    const plain = title.replaceAll(/[^\w .,:/-]/g, " ");
    return raw(
      ["```mermaid", "gantt", `  title ${plain}`, "  dateFormat x", "  axisFormat %H:%M:%S", ...bars, "```"].join("\n"),
    );
  }
}
