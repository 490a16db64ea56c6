variable "name" {
  description = "Identifier of the instance; the names of its subnet group, parameter group, role, log groups and secret begin with it."
  type        = string

  # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= 50
    error_message = "name is \"${var.name}\": use a letter and at most 49 more lower-case letters, digits and single hyphens, for example \"rainbow-seeker-db\"."
  }
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name two subnets or more, in two zones: RDS accepts no subnet group of a single zone. Add a private subnet of another zone."
  }
}

variable "security_group_id" {
  description = "Security group of the instance."
  type        = string

  validation {
    condition     = can(regex("^(sg-)?[0-9a-z]+$", var.security_group_id))
    error_message = "security_group_id is \"${var.security_group_id}\", not the ID of a security group. Pass the id attribute of an aws_security_group: sg-…"
  }
}

variable "engine_major" {
  description = "PostgreSQL major version; minor upgrades are automatic."
  type        = string
  default     = "17"
  nullable    = false

  # Earlier ones are out of standard support and cost extra by the hour:
  # https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
  validation {
    condition     = contains(["14", "15", "16", "17", "18"], var.engine_major)
    error_message = "engine_major is \"${var.engine_major}\"; use 14, 15, 16, 17 or 18, without a minor version: RDS applies minor versions itself."
  }
}

variable "allow_major_version_upgrade" {
  description = "Whether a change of engine_major may upgrade the instance: at once, with some minutes without a database, and with no way back but a restore. Set it for the upgrade only."
  type        = bool
  default     = false
  nullable    = false
}

variable "apply_immediately" {
  description = "true: changes that interrupt connections, such as another instance class, happen during the apply; false: in the maintenance window."
  type        = bool
  default     = false
  nullable    = false
}

variable "instance_class" {
  description = "RDS instance class."
  type        = string

  validation {
    condition     = can(regex("^db\\.[a-z0-9-]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "instance_class is \"${var.instance_class}\", not a class of RDS instances. They begin with db, for example \"db.t3.micro\"."
  }
}

variable "multi_az" {
  description = "Whether to keep a standby in a second zone."
  type        = bool
  default     = false
  nullable    = false
}

variable "allocated_storage" {
  description = "Initial storage in GiB."
  type        = number
  default     = 20
  nullable    = false

  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
  validation {
    condition     = var.allocated_storage >= 20 && var.allocated_storage <= 65536 && floor(var.allocated_storage) == var.allocated_storage
    error_message = "allocated_storage is ${var.allocated_storage}; use a whole number of GiB from 20 to 65536, between which RDS offers gp3."
  }
}

variable "max_allocated_storage" {
  description = "GiB up to which RDS enlarges the storage by itself."
  type        = number
  default     = 100
  nullable    = false

  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
  validation {
    condition     = var.max_allocated_storage >= 1.1 * var.allocated_storage && var.max_allocated_storage <= 65536 && floor(var.max_allocated_storage) == var.max_allocated_storage
    error_message = "max_allocated_storage is ${var.max_allocated_storage}; RDS wants a whole number of GiB, at least a tenth more than allocated_storage, ${var.allocated_storage}, and at most 65536. Use ${ceil(1.26 * var.allocated_storage)} or more."
  }
}

variable "kms_key_arn" {
  description = "KMS key of storage, snapshots, master secret and Database Insights; null: the keys that AWS manages in the account."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, not its ID or alias: with those, each plan would replace the instance. Pass the arn attribute of an aws_kms_key."
  }
}

variable "database_name" {
  description = "Name of the database that is created with the instance."
  type        = string

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,62}$", var.database_name))
    error_message = "database_name is \"${var.database_name}\": use at most 63 lower-case letters, digits and underscores, which SQL needs no quotes for, for example \"shiojiri_rainbow\"."
  }
}

variable "username" {
  description = "Name of the master user."
  type        = string
  default     = "postgres"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.username)) && !startswith(var.username, "rds") && !startswith(var.username, "pg_")
    error_message = "username is \"${var.username}\": use a letter and at most 62 more lower-case letters, digits and underscores, other than rds… and pg_…, which RDS and PostgreSQL reserve."
  }
}

variable "password_managed_by_rds" {
  description = "true: RDS creates and rotates the master password in Secrets Manager; false: this module creates a secret of the same structure."
  type        = bool
  default     = true
  nullable    = false
}

variable "password_version" {
  description = "Without password_managed_by_rds: a number that, once increased, replaces the master password."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.password_version >= 1 && floor(var.password_version) == var.password_version
    error_message = "password_version is ${var.password_version}; use a whole number, and the next higher one for another password."
  }
}

variable "iam_authentication" {
  description = "Whether roles with the permission rds-db:connect can log in with a token instead of a password."
  type        = bool
  default     = false
  nullable    = false
}

variable "force_ssl" {
  description = "Whether to refuse connections without TLS."
  type        = bool
  default     = true
  nullable    = false
}

variable "ca_certificate" {
  description = "Certificate authority of the server's certificate. Clients that verify it need AWS's bundle, which has all of them."
  type        = string
  default     = "rds-ca-rsa2048-g1"
  nullable    = false

  # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
  validation {
    condition     = contains(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"], var.ca_certificate)
    error_message = "ca_certificate is \"${var.ca_certificate}\"; use rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1."
  }
}

variable "deletion_protection" {
  description = "Whether to refuse the deletion of the instance."
  type        = bool
  default     = true
  nullable    = false
}

variable "skip_final_snapshot" {
  description = "Whether the instance is deleted without a final snapshot; only for environments without data to keep."
  type        = bool
  default     = false
  nullable    = false
}
