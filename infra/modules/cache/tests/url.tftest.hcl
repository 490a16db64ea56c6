# The URL of each kind of cache. test/contracts connects api to servers with URLs from here.
mock_provider "aws" {
  mock_resource "aws_elasticache_replication_group" {
    defaults = {
      configuration_endpoint_address = "clustercfg.rainbow-seeker-redis.abc123.apne1.cache.amazonaws.com"
      primary_endpoint_address       = "master.rainbow-seeker-redis.abc123.apne1.cache.amazonaws.com"
    }
  }
}

variables {
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
  node_type         = "cache.t3.micro"
}

run "cluster" {
  variables {
    cluster_mode       = "enabled"
    shards             = 2
    replicas_per_shard = 1
  }

  assert {
    condition     = output.url == "rediss://clustercfg.rainbow-seeker-redis.abc123.apne1.cache.amazonaws.com:6379?cluster=true"
    error_message = "Clients of a cluster use its configuration endpoint, and are told that it is one."
  }
}

run "single_node" {
  variables {
    cluster_mode = "disabled"
  }

  assert {
    condition     = output.url == "rediss://master.rainbow-seeker-redis.abc123.apne1.cache.amazonaws.com:6379"
    error_message = "Clients of a single node use its primary endpoint."
  }
}

run "without_tls" {
  variables {
    cluster_mode = "disabled"
    encryption   = false
  }

  assert {
    condition     = output.url == "redis://master.rainbow-seeker-redis.abc123.apne1.cache.amazonaws.com:6379"
    error_message = "Without TLS the scheme is redis."
  }
}

run "compatible" {
  variables {
    cluster_mode       = "compatible"
    replicas_per_shard = 1
  }

  assert {
    condition     = output.url == "rediss://clustercfg.rainbow-seeker-redis.abc123.apne1.cache.amazonaws.com:6379?cluster=true"
    error_message = "In compatible mode clients move to the configuration endpoint."
  }
}
