-- Who may do what. Run as ACCOUNTADMIN, once.
--   modelhost_owner    owns the functions; makes the integration, or the service
--   modelhost_scorer   calls the functions, and keeps their answers; runs the task
--   modelhost_analyst  reads the answers, by a view
CREATE ROLE IF NOT EXISTS modelhost_owner;
CREATE ROLE IF NOT EXISTS modelhost_scorer;
CREATE ROLE IF NOT EXISTS modelhost_analyst;
GRANT ROLE modelhost_owner TO ROLE sysadmin;
GRANT ROLE modelhost_scorer TO ROLE sysadmin;
GRANT ROLE modelhost_analyst TO ROLE sysadmin;

CREATE DATABASE IF NOT EXISTS modelhost;
CREATE SCHEMA IF NOT EXISTS modelhost.functions WITH MANAGED ACCESS;
CREATE SCHEMA IF NOT EXISTS modelhost.answers WITH MANAGED ACCESS;
CREATE WAREHOUSE IF NOT EXISTS scoring WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = 60 INITIALLY_SUSPENDED = TRUE;

GRANT USAGE ON DATABASE modelhost TO ROLE modelhost_owner;
GRANT USAGE ON DATABASE modelhost TO ROLE modelhost_scorer;
GRANT USAGE ON DATABASE modelhost TO ROLE modelhost_analyst;

GRANT USAGE, CREATE FUNCTION ON SCHEMA modelhost.functions TO ROLE modelhost_owner;
GRANT USAGE ON SCHEMA modelhost.functions TO ROLE modelhost_scorer;
-- In a schema with managed access its owner, not that of a function, says who may call it: who runs this file.
GRANT USAGE ON FUTURE FUNCTIONS IN SCHEMA modelhost.functions TO ROLE modelhost_scorer;

GRANT USAGE, CREATE TABLE, CREATE STREAM, CREATE TASK, CREATE VIEW ON SCHEMA modelhost.answers TO ROLE modelhost_scorer;
GRANT USAGE ON SCHEMA modelhost.answers TO ROLE modelhost_analyst;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA modelhost.answers TO ROLE modelhost_analyst;
GRANT EXECUTE TASK ON ACCOUNT TO ROLE modelhost_scorer;

GRANT USAGE ON WAREHOUSE scoring TO ROLE modelhost_scorer;
GRANT USAGE ON WAREHOUSE scoring TO ROLE modelhost_analyst;
