import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.url === "/version") response.end(JSON.stringify({ commit: process.env.COMMIT }));
  else response.end(JSON.stringify({ hello: "world" }));
});

server.listen(8080, () => console.log("listening on port 8080"));
// ECS sends SIGTERM before it stops a task.
process.on("SIGTERM", () => server.close(() => process.exit(0)));
