-- The way to the gateway of gateway.yaml. Run as ACCOUNTADMIN, or with CREATE INTEGRATION, after the stack was made for the
-- first time; RoleArn and Url are its outputs.
CREATE API INTEGRATION IF NOT EXISTS modelhost_gateway
  API_PROVIDER = aws_api_gateway
  API_AWS_ROLE_ARN = 'arn:aws:iam::123456789012:role/modelhost-SnowflakeRole-ABCDEFGHIJKL'
  API_ALLOWED_PREFIXES = ('https://abcdefghij.execute-api.eu-central-1.amazonaws.com/live/')
  ENABLED = TRUE
  COMMENT = 'modelhost on SageMaker';

-- Update the stack with two of its lines: SnowflakeUserArn is API_AWS_IAM_USER_ARN, SnowflakeExternalId is
-- API_AWS_EXTERNAL_ID. CREATE OR REPLACE would make a new external id; change a URL with ALTER.
DESCRIBE INTEGRATION modelhost_gateway;

GRANT USAGE ON INTEGRATION modelhost_gateway TO ROLE modelhost_owner;
