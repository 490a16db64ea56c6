# A service in a cluster and a network that exist already.
module "service" {
  source            = "../../../infra/modules/service"
  name              = "shop"
  image             = "public.ecr.aws/nginx/nginx:stable"
  container         = { name = "web", ports = [80] }
  cluster_arn       = "arn:aws:ecs:ap-northeast-1:123456789012:cluster/shop"
  subnet_ids        = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  security_group_id = "sg-0123456789abcdef0"
}
