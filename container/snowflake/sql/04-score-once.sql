-- Each text is sent once, and its answer kept. tweets(id, text) is yours, with its schema before it where it is another,
-- and each id in it once; its owner lets the scorer read it, and keeps
-- changes for a stream: ALTER TABLE tweets SET CHANGE_TRACKING = TRUE.
USE ROLE modelhost_scorer;
USE WAREHOUSE scoring;
USE SCHEMA modelhost.answers;

-- The stream begins with the rows that are there now. CREATE TABLE ... AS SELECT reads them and moves it forward, in one
-- transaction: were a batch to fail, both would be as before, and it could be run again.
CREATE OR REPLACE STREAM tweets_to_score ON TABLE tweets APPEND_ONLY = TRUE SHOW_INITIAL_ROWS = TRUE;

CREATE OR REPLACE TABLE scored AS
SELECT id, modelhost.functions.ner(text) AS entities, CURRENT_TIMESTAMP() AS scored_at
FROM tweets_to_score;

-- What is added later: a tweet that comes again is not sent again.
CREATE OR REPLACE TASK score_new_tweets
  WAREHOUSE = scoring
  SCHEDULE = '5 MINUTE'
  WHEN SYSTEM$STREAM_HAS_DATA('tweets_to_score')
AS
  MERGE INTO scored
  USING (
    SELECT id, modelhost.functions.ner(text) AS entities
    FROM (
      SELECT id, ANY_VALUE(text) AS text
      FROM tweets_to_score
      -- Not NOT IN: one id that is NULL, and no tweet would ever be new.
      WHERE NOT EXISTS (SELECT 1 FROM scored WHERE scored.id = tweets_to_score.id)
      GROUP BY id
    )
  ) AS answered
  ON scored.id = answered.id
  WHEN NOT MATCHED THEN
    INSERT (id, entities, scored_at) VALUES (answered.id, answered.entities, CURRENT_TIMESTAMP());

ALTER TASK score_new_tweets RESUME;

-- What went wrong: which errors, how often, and for which rows.
SELECT entities:error:code::VARCHAR AS code, ANY_VALUE(entities:error:message::VARCHAR) AS example, COUNT(*) AS rows_with_it
FROM scored
WHERE entities:error IS NOT NULL
GROUP BY code
ORDER BY rows_with_it DESC;

-- Once it is mended, those alone are asked again.
UPDATE scored
SET entities = modelhost.functions.ner(tweets.text), scored_at = CURRENT_TIMESTAMP()
FROM tweets
WHERE tweets.id = scored.id AND scored.entities:error IS NOT NULL;
