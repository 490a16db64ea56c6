import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Inputs {
  /** What is deployed starts from a file or revision, or from a service (then `changed` compares with what runs). */
  base: { kind: "given"; source: string } | { kind: "service"; cluster: string; service: string };
  /** Container name → image. */
  images: Map<string, string>;
}

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const given = read.optional("task-definition");
  const service = read.optional("service");
  const cluster = read.optional("cluster") ?? "default";
  const images = read.pairs("images", "a line container=image");
  for (const [container, image] of images) {
    if (image.trim() === "") read.problem(`images: ${container} has no image behind the =; is the output that it comes from empty?`);
    else if (/\s/.test(image.trim())) read.problem(`images: the image of ${container} has a space in it: "${image}"`);
    else images.set(container, image.trim());
  }
  if (images.size === 0) read.problem("images: is required, for example api=${{ steps.build.outputs.image }}");
  if (given !== undefined && service !== undefined) read.problem("task-definition, service: give one of the two, not both");
  if (given === undefined && service === undefined) read.problem("task-definition or service: one of the two is required, for example service: rainbow-seeker-api");
  read.finish();
  return { images, base: given === undefined ? { kind: "service", cluster, service: service! } : { kind: "given", source: given } };
}
