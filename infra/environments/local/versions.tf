terraform {
  # The path is given by infra/local: the state lives and dies with the local AWS.
  backend "local" {}

  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
