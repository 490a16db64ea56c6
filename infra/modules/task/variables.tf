variable "family" {
  description = "Task definition family; the log group is /ecs/<family>."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.family))
    error_message = "family must be 1 to 255 letters, digits, hyphens and underscores, for example rainbow-seeker-api."
  }
}

variable "image" {
  description = "Image of the first revision. Deployments replace it. It need not exist, since nothing runs before the first deployment."
  type        = string

  validation {
    condition     = can(regex("^\\S+$", var.image))
    error_message = "image must be an image reference without blanks, for example 123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-api:none-yet."
  }
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64 (Graviton, at a lower price); the image has to be built for it."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64, as AWS spells them."
  }
}

variable "container" {
  description = "The container: name, command (null: the image's), ports, environment variables, secrets (variable → ARN of a parameter, or of a secret and optionally a key in it), health check command (null: none), whether /tmp is writable, as a volume that is deleted with the task, user (ID, or ID:GROUP), and seconds between SIGTERM and SIGKILL."
  type = object({
    name         = string
    command      = optional(list(string))
    ports        = optional(list(number), [])
    environment  = optional(map(string), {})
    secrets      = optional(map(string), {})
    health_check = optional(list(string))
    writable_tmp = optional(bool, false)
    user         = optional(string, "1001")
    stop_timeout = optional(number, 30)
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.container.name))
    error_message = "container.name must be 1 to 255 letters, digits, hyphens and underscores, for example api."
  }

  validation {
    condition     = alltrue([for port in var.container.ports : port >= 1 && port <= 65535 && floor(port) == port]) && length(distinct(var.container.ports)) == length(var.container.ports)
    error_message = "container.ports must be different whole numbers from 1 to 65535, for example [3000]."
  }

  validation {
    condition     = alltrue([for name in concat(keys(var.container.environment), keys(var.container.secrets)) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "container.environment and container.secrets: their names must be those of environment variables: letters, digits and underscores, for example DB_HOST."
  }

  # ECS refuses a task definition in which a variable is both.
  validation {
    condition     = length(setintersection(keys(var.container.environment), keys(var.container.secrets))) == 0
    error_message = "container.environment and container.secrets have the same variable: keep it in one of them, in secrets if it is one."
  }

  validation {
    condition     = alltrue([for arn in values(var.container.secrets) : can(regex("^arn:aws[a-z-]*:(ssm|secretsmanager):", arn))])
    error_message = "container.secrets must be ARNs of SSM parameters or of Secrets Manager secrets, not the secrets themselves: those would be in the task definition, readable by everybody who may describe it."
  }

  validation {
    condition     = var.container.health_check == null ? true : length(var.container.health_check) > 1 && try(contains(["CMD", "CMD-SHELL"], var.container.health_check[0]), false)
    error_message = "container.health_check must begin with CMD or CMD-SHELL, for example [\"CMD\", \"node\", \"dist/healthcheck.js\"]."
  }

  validation {
    condition     = can(regex("^[1-9][0-9]*(:[1-9][0-9]*)?$", var.container.user))
    error_message = "container.user must be the ID of a user other than root, for example 1001, or 1001:1001 with its group."
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
  validation {
    condition     = var.container.stop_timeout >= 2 && var.container.stop_timeout <= 120 && floor(var.container.stop_timeout) == var.container.stop_timeout
    error_message = "container.stop_timeout must be a whole number of seconds from 2 to 120, which is the most that Fargate waits."
  }
}

variable "execution_role" {
  description = "The role with which ECS starts the task. By default it is created, as <family>-execution or under the given name, with the permissions that this task needs. create = false uses the role with this arn as it is."
  type        = object({ create = optional(bool, true), name = optional(string), arn = optional(string) })
  default     = {}
  nullable    = false

  validation {
    condition     = var.execution_role.create || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", var.execution_role.arn))
    error_message = "execution_role.arn must be the ARN of the existing role, if create is false: aws iam get-role --role-name NAME --query Role.Arn"
  }

  validation {
    condition     = !var.execution_role.create || var.execution_role.arn == null
    error_message = "execution_role.arn is of an existing role: set create = false with it, or leave it out."
  }

  validation {
    condition     = var.execution_role.name == null ? true : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.execution_role.name))
    error_message = "execution_role.name must be 1 to 64 letters, digits and + = , . @ _ -."
  }
}

variable "task_role" {
  description = "The role of the processes in the container. By default there is none. create = true creates it, as <family>-task or under the given name, with policies (name → JSON); otherwise arn is that of an existing role."
  type = object({
    create   = optional(bool, false)
    name     = optional(string)
    arn      = optional(string)
    policies = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.task_role.create ? var.task_role.arn == null : length(var.task_role.policies) == 0 && var.task_role.name == null
    error_message = "task_role.name and policies are of a role that is created (create = true), arn is of one that exists: set the one or the other."
  }

  validation {
    condition     = var.task_role.name == null ? true : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.task_role.name))
    error_message = "task_role.name must be 1 to 64 letters, digits and + = , . @ _ -."
  }
}

variable "execute_command" {
  description = "Whether a shell can be opened in the container (ECS Exec). The agent for it needs a writable root file system, and a task role, to which its permissions are added if the role is created here."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.execute_command || var.task_role.create || var.task_role.arn != null
    error_message = "execute_command needs a task role: set task_role = { create = true }."
  }
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories that the image is pulled from, also of another account, whose repository policy has to allow it. None: the image is in no private repository."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.repository_arns : can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/.+$", arn))])
    error_message = "repository_arns must be ARNs of ECR repositories, for example arn:aws:ecr:ap-northeast-1:123456789012:repository/rainbow-seeker-api."
  }
}

variable "secrets_kms_key_arns" {
  description = "ARNs of the KMS keys of your own that the secrets are encrypted with; none for the keys that AWS manages."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secrets_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", arn))])
    error_message = "secrets_kms_key_arns must be ARNs of keys, not of aliases: IAM policies do not resolve those."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles that are created; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, for example arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "log_retention_days" {
  description = "Retention of the log group in days."
  type        = number

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's values: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}
