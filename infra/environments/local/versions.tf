terraform {
  # infra/local sets the path: the state is valid only as long as the local AWS runs.
  backend "local" {}

  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
