// One step of the emergency procedure with the same workflow as on GitHub: .github/workflows/emergency.yml.
import { emergency, runWorkflowCommand } from "../lib/workflow-commands.ts";

await runWorkflowCommand(emergency);
