// What ECS runs inside of the container: exit code 0 when /health answers, otherwise 1. No curl in the image.
const url = `http://127.0.0.1:${process.env["PORT"] ?? "3000"}/health`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
}
