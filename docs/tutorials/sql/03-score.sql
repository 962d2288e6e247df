-- Asks the model once for each tweet. The function is that of container/snowflake/sql, external or of Snowpark Container
-- Services; its answer is a VARIANT:
-- [{"text": "Ohio", "label": "LOC", "start": 14, "end": 18, "score": 0.97}, ...], or {"error": {"code", "message"}}.
--
-- The stream shows all rows that are there now, and from then on what is added. Reading it in CREATE TABLE moves it
-- forward, so that 04-new-rows.sql goes on where this ends: no tweet is scored twice, none is left out.
CREATE OR REPLACE STREAM tweets_to_score ON TABLE tweets APPEND_ONLY = TRUE SHOW_INITIAL_ROWS = TRUE;

CREATE OR REPLACE TABLE scored AS
SELECT id, modelhost.functions.ner(text) AS entities
FROM tweets_to_score;

SELECT COUNT(*) AS scored, COUNT_IF(entities:error IS NOT NULL) AS errors FROM scored;
