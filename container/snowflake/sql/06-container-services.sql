-- The host inside Snowflake, by Snowpark Container Services: no gateway, no integration. Run it instead of 02 and 03; 01, 04
-- and 05 stay the same, as the functions have the same names.
USE ROLE accountadmin;
CREATE COMPUTE POOL IF NOT EXISTS modelhost_pool
  MIN_NODES = 1
  MAX_NODES = 2
  INSTANCE_FAMILY = CPU_X64_S
  AUTO_RESUME = TRUE
  AUTO_SUSPEND_SECS = 600;
GRANT USAGE, MONITOR ON COMPUTE POOL modelhost_pool TO ROLE modelhost_owner;
GRANT CREATE IMAGE REPOSITORY, CREATE STAGE, CREATE SERVICE ON SCHEMA modelhost.functions TO ROLE modelhost_owner;

USE ROLE modelhost_owner;
USE SCHEMA modelhost.functions;

-- Where the image goes: docker push REPOSITORY_URL/modelhost:0.1.0, for linux/amd64.
CREATE IMAGE REPOSITORY IF NOT EXISTS images;
SHOW IMAGE REPOSITORIES IN SCHEMA modelhost.functions;

-- Where models and the specification go. A service mounts stages with this encryption only.
--   PUT file://ner-en.tar.gz @models AUTO_COMPRESS = FALSE;
--   PUT file://service.yaml @specifications AUTO_COMPRESS = FALSE OVERWRITE = TRUE;
CREATE STAGE IF NOT EXISTS models ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE');
CREATE STAGE IF NOT EXISTS specifications ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE');

CREATE SERVICE IF NOT EXISTS modelhost
  IN COMPUTE POOL modelhost_pool
  FROM @specifications
  SPECIFICATION_FILE = 'service.yaml'
  AUTO_RESUME = TRUE
  MIN_INSTANCES = 1
  MAX_INSTANCES = 2
  COMMENT = 'modelhost';
SELECT SYSTEM$GET_SERVICE_STATUS('modelhost');

-- No 25 s here: a batch may take BATCH_TIMEOUT_SECS. It is repeated after 429 and 503, which is what a host answers while a
-- model is being loaded.
CREATE OR REPLACE FUNCTION ner(text VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  SERVICE = modelhost
  ENDPOINT = http
  MAX_BATCH_ROWS = 2000
  MAX_BATCH_RETRIES = 10
  ON_BATCH_FAILURE = ABORT
  BATCH_TIMEOUT_SECS = 600
  AS '/snowflake/ner-en.tar.gz';

CREATE OR REPLACE FUNCTION ner_at(text VARCHAR, offsets VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  SERVICE = modelhost
  ENDPOINT = http
  MAX_BATCH_ROWS = 2000
  MAX_BATCH_RETRIES = 10
  AS '/snowflake/ner-en.tar.gz';

CREATE OR REPLACE FUNCTION keyphrases(text VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  SERVICE = modelhost
  ENDPOINT = http
  MAX_BATCH_ROWS = 500
  MAX_BATCH_RETRIES = 10
  AS '/snowflake/topical-page-rank.tar.gz';

CREATE OR REPLACE FUNCTION document_similarity(text1 VARCHAR, text2 VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  SERVICE = modelhost
  ENDPOINT = http
  MAX_BATCH_ROWS = 2000
  MAX_BATCH_RETRIES = 10
  AS '/snowflake/docsim.tar.gz';

-- Models per user, named by the first argument.
CREATE OR REPLACE FUNCTION ner(model VARCHAR, text VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  SERVICE = modelhost
  ENDPOINT = http
  MAX_BATCH_ROWS = 200
  MAX_BATCH_RETRIES = 10
  AS '/snowflake';

-- While nobody asks, the pool need not run.
ALTER SERVICE modelhost SUSPEND;
ALTER SERVICE modelhost RESUME;
