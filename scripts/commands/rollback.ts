// Rolls back with the same workflow as on GitHub: .github/workflows/rollback.yml.
import { rollback, runWorkflowCommand } from "../lib/workflow-commands.ts";

await runWorkflowCommand(rollback);
