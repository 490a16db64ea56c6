# A database in a network that exists already.
module "database" {
  source            = "../../../infra/modules/database"
  name              = "shop"
  database_name     = "shop"
  instance_class    = "db.t4g.micro"
  subnet_ids        = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  security_group_id = "sg-0123456789abcdef0"
}
