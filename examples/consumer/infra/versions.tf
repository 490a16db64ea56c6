terraform {
  required_version = ">= 1.11"

  # Locked while somebody applies: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
  backend "s3" {
    bucket       = "somebody-my-service-terraform"
    key          = "my-service/production.tfstate"
    region       = "ap-northeast-1"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "ap-northeast-1"

  default_tags {
    tags = { Environment = "production", Project = "my-service" }
  }

  # The record of an emergency, which the action service-control keeps on a service.
  ignore_tags {
    key_prefixes = ["emergency:"]
  }
}
