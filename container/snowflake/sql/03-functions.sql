-- The functions. Each URL ends with the target of a model below the endpoint's S3 prefix.
--
-- RETURNS VARIANT: a row that cannot be answered has {"error": {"code", "message"}} for its value, and the others have theirs.
-- RETURNS NULL ON NULL INPUT: no row is sent that has no answer.
-- IMMUTABLE: the same text has the same answer, as models are not changed under their names; a new one has a new name.
-- MAX_BATCH_ROWS: what is answered well within the gateway's 25 s; long texts take longer than tweets.
USE ROLE modelhost_owner;
USE SCHEMA modelhost.functions;

-- [{"text", "label", "start", "end", "score"}, ...]; start and end count UTF-16 units, as Java and JavaScript do.
CREATE OR REPLACE EXTERNAL FUNCTION ner(text VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  COMMENT = 'Names of people, organisations and places'
  API_INTEGRATION = modelhost_gateway
  MAX_BATCH_ROWS = 2000
  COMPRESSION = GZIP
  AS 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/live/models/ner-en.tar.gz';

-- With 'code_points' start and end count as SUBSTR does: SUBSTR(text, e:"start" + 1, e:"end" - e:"start").
CREATE OR REPLACE EXTERNAL FUNCTION ner_at(text VARCHAR, offsets VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  COMMENT = 'Names of people, organisations and places, with offsets in utf16, code_points or utf8'
  API_INTEGRATION = modelhost_gateway
  MAX_BATCH_ROWS = 2000
  COMPRESSION = GZIP
  AS 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/live/models/ner-en.tar.gz';

-- [[phrase, score], ...], best first.
CREATE OR REPLACE EXTERNAL FUNCTION keyphrases(text VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  COMMENT = 'Keyphrases of a text, by TopicalPageRank'
  API_INTEGRATION = modelhost_gateway
  MAX_BATCH_ROWS = 500
  COMPRESSION = GZIP
  AS 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/live/models/topical-page-rank.tar.gz';

-- A number from -1 to 1.
CREATE OR REPLACE EXTERNAL FUNCTION document_similarity(text1 VARCHAR, text2 VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  COMMENT = 'How similar two texts are, by DocSim'
  API_INTEGRATION = modelhost_gateway
  MAX_BATCH_ROWS = 2000
  COMPRESSION = GZIP
  AS 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/live/models/docsim.tar.gz';

-- Models per user: the first argument names one. The rows of a batch are grouped by model; a model that cannot be had has
-- its error in its rows. Cold models are loaded while the batch waits, so batches are small.
CREATE OR REPLACE EXTERNAL FUNCTION ner(model VARCHAR, text VARCHAR)
  RETURNS VARIANT
  RETURNS NULL ON NULL INPUT
  IMMUTABLE
  COMMENT = 'Names in a text, by the model of this path: users/17/ner.tar.gz'
  API_INTEGRATION = modelhost_gateway
  MAX_BATCH_ROWS = 200
  COMPRESSION = GZIP
  AS 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/live/models';

SHOW EXTERNAL FUNCTIONS IN SCHEMA modelhost.functions;
