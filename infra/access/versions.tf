terraform {
  # Use a bucket of your own: terraform init -backend-config=bucket=… (docs/infrastructure.md).
  backend "s3" {
    key          = "rainbow-seeker/access.tfstate"
    region       = "ap-northeast-1"
    encrypt      = true
    use_lockfile = true
  }

  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}
