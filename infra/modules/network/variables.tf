variable "name" {
  description = "First part of each name, for example \"rainbow-seeker\"."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name is the first part of each name: 2 to 32 lower-case letters, digits and hyphens, beginning with a letter, for example \"rainbow-seeker\"."
  }
}

variable "suffix" {
  description = "Appended to each name: empty in production, \"-staging\" and so on elsewhere."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(-[a-z0-9]+)*$", var.suffix))
    error_message = "suffix is empty or begins with a hyphen, in lower case, for example \"-staging\"."
  }
}

variable "cidr" {
  description = "Address range of the VPC: /16 to /28."
  type        = string

  validation {
    condition     = can(regex("^[0-9.]+/(1[6-9]|2[0-8])$", var.cidr)) && try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], false)
    error_message = "cidr is an IPv4 range from /16 to /28 that begins at its first address, for example \"10.0.0.0/16\"."
  }
}

variable "zones" {
  description = "Availability zone → CIDR of its public and its private subnet. At least two zones of the provider's region."
  type        = map(object({ public = string, private = string }))

  validation {
    condition     = length(var.zones) >= 2
    error_message = "zones needs two zones or more, because load balancers and database subnet groups refuse fewer. Add one with its subnets, for example \"ap-northeast-1c\" = { private = \"10.0.2.0/24\", public = \"10.0.102.0/24\" }."
  }

  validation {
    condition     = alltrue([for zone in keys(var.zones) : can(regex("^${local.region}[a-z]$", zone))])
    error_message = "zones has a zone outside of the provider's region ${local.region}: ${join(", ", [for zone in keys(var.zones) : zone if !can(regex("^${local.region}[a-z]$", zone))])}. `aws ec2 describe-availability-zones` lists those that your account can use."
  }

  validation {
    condition     = alltrue([for cidr in flatten([for subnets in values(var.zones) : [subnets.public, subnets.private]]) : can(regex("^[0-9.]+/(1[6-9]|2[0-8])$", cidr)) && try(cidrhost(cidr, 0) == split("/", cidr)[0], false)])
    error_message = "zones has a subnet that is not an IPv4 range from /16 to /28 beginning at its first address. Write it like \"10.0.1.0/24\"."
  }

  # A load balancer asks for a /27 or larger with eight free addresses in each of its subnets.
  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
  validation {
    condition     = alltrue([for subnets in values(var.zones) : try(tonumber(split("/", subnets.public)[1]) <= 27, true)])
    error_message = "zones has a public subnet smaller than /27, which a load balancer refuses. Enlarge it, for example to a /24."
  }

  # Inside: the VPC's prefix, applied to the subnet's address, gives the VPC's own range.
  validation {
    condition     = alltrue([for cidr in flatten([for subnets in values(var.zones) : [subnets.public, subnets.private]]) : try(tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.cidr)[1]) && cidrhost("${split("/", cidr)[0]}/${split("/", var.cidr)[1]}", 0) == cidrhost(var.cidr, 0), true)])
    error_message = "zones has a subnet outside of the VPC's range ${var.cidr}. Choose it inside, or enlarge cidr."
  }

  # Overlapping: the shorter of both prefixes gives the same range for both.
  validation {
    condition = alltrue(flatten([
      for i, a in flatten([for subnets in values(var.zones) : [subnets.public, subnets.private]]) : [
        for j, b in flatten([for subnets in values(var.zones) : [subnets.public, subnets.private]]) :
        i >= j || try(cidrhost("${split("/", a)[0]}/${min(split("/", a)[1], split("/", b)[1])}", 0) != cidrhost("${split("/", b)[0]}/${min(split("/", a)[1], split("/", b)[1])}", 0), true)
      ]
    ]))
    error_message = "zones has subnets that are equal or overlap. Give each public and each private subnet a range of its own, for example 10.0.1.0/24 and 10.0.101.0/24."
  }
}

variable "nat_per_zone" {
  description = "true: a NAT gateway in each zone, so that a zone may fail; false: one for all zones."
  type        = bool
  default     = false
  nullable    = false
}

variable "vpn_gateway" {
  description = "Whether the VPC has a VPN gateway, whose routes the private subnets learn."
  type        = bool
  default     = false
  nullable    = false
}

variable "interface_endpoints" {
  description = "Services that tasks reach through interface endpoints instead of the NAT gateway, for example [\"ecr.api\", \"ecr.dkr\", \"logs\", \"ssm\", \"secretsmanager\"]. Each costs by the hour and zone."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9][a-z0-9.-]*[a-z0-9]$", service)) && !startswith(service, "com.amazonaws")])
    error_message = "interface_endpoints takes the last part of the service names that `aws ec2 describe-vpc-endpoint-services` lists, for example \"ecr.api\" for com.amazonaws.ap-northeast-1.ecr.api."
  }

  validation {
    condition     = !contains(var.interface_endpoints, "s3")
    error_message = "interface_endpoints must not contain \"s3\": the VPC has a gateway endpoint for it, which is free. Remove it from the list."
  }
}

variable "flow_logs" {
  description = "null: none. Otherwise all accepted and refused connections are recorded: with destination \"s3\" in the bucket whose ARN is bucket_arn, under vpc/; with \"cloudwatch\" in a log group, for retention_days."
  type        = object({ destination = string, bucket_arn = optional(string), retention_days = optional(number, 90) })
  default     = null

  validation {
    condition     = var.flow_logs == null || contains(["s3", "cloudwatch"], try(var.flow_logs.destination, ""))
    error_message = "flow_logs.destination is \"s3\" or \"cloudwatch\". S3 costs half as much; CloudWatch can be searched at once."
  }

  validation {
    condition     = try(var.flow_logs.destination, "") != "s3" || can(regex("^arn:aws[a-z-]*:s3:::[a-z0-9.-]+$", var.flow_logs.bucket_arn))
    error_message = "flow_logs.bucket_arn is the ARN of a bucket without a path, for example arn:aws:s3:::rainbow-seeker-logs. Pass arn of module log-bucket, or set destination = \"cloudwatch\"."
  }

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], try(var.flow_logs.retention_days, 90))
    error_message = "flow_logs.retention_days is one of the periods that CloudWatch Logs knows, for example 7, 30, 90 or 365."
  }
}

variable "public_ingress" {
  description = "Where the load balancer's security group lets connections in from: \"internet\" (HTTP and HTTPS), or \"cloudfront\" (HTTPS from CloudFront's addresses only)."
  type        = string
  default     = "internet"
  nullable    = false

  validation {
    condition     = contains(["internet", "cloudfront"], var.public_ingress)
    error_message = "public_ingress is \"internet\" or \"cloudfront\"; with the latter, users reach the load balancer only through module cdn."
  }
}

variable "ports" {
  description = "TCP ports on which the parts listen for each other."
  type = object({
    api      = optional(number, 3000)
    ml       = optional(number, 5000)
    database = optional(number, 5432)
    cache    = optional(number, 6379)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for port in values(var.ports) : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "ports are whole numbers from 1 to 65535, for example { api = 3000 }."
  }
}

variable "parts" {
  description = "What the service (ecs) behind the load balancer (alb) connects to, each with a security group of its own: ml, rds and redis."
  type        = set(string)
  default     = ["ml", "rds", "redis"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.parts, ["ml", "rds", "redis"])) == 0
    error_message = "parts has only ml, rds and redis; load balancer and service are always there. Remove the others, or leave parts empty for a service that connects to none of them."
  }
}
