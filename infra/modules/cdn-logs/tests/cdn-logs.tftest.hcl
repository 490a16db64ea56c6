# Where CloudFront's access logs go.

mock_provider "aws" {
  mock_resource "aws_cloudwatch_log_delivery_destination" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:delivery-destination:rainbow-seeker" }
  }
}

variables {
  name             = "rainbow-seeker"
  distribution_arn = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS"
  bucket_arn       = "arn:aws:s3:::rainbow-seeker-logs"
}

run "logs" {
  assert {
    condition = jsonencode([
      aws_cloudwatch_log_delivery_source.this.name, aws_cloudwatch_log_delivery_source.this.log_type, aws_cloudwatch_log_delivery_source.this.resource_arn,
      aws_cloudwatch_log_delivery_destination.this.name, aws_cloudwatch_log_delivery_destination.this.output_format, aws_cloudwatch_log_delivery_destination.this.delivery_destination_configuration[0].destination_resource_arn,
      aws_cloudwatch_log_delivery.this.delivery_source_name, aws_cloudwatch_log_delivery.this.delivery_destination_arn,
      ]) == jsonencode([
      "rainbow-seeker", "ACCESS_LOGS", "arn:aws:cloudfront::123456789012:distribution/EDFDVBD632BHDS",
      "rainbow-seeker", "json", "arn:aws:s3:::rainbow-seeker-logs/cdn",
      "rainbow-seeker", "arn:aws:logs:us-east-1:123456789012:delivery-destination:rainbow-seeker",
    ])
    error_message = "Access logs go to the bucket, under cdn/."
  }

  assert {
    condition     = output.delivery_id == aws_cloudwatch_log_delivery.this.id
    error_message = "The output is another identifier."
  }
}
