-- Each hour, tweets that were added to the table are scored; no warehouse starts where there are none.
CREATE OR REPLACE TASK score_new_tweets
  WAREHOUSE = tutorial
  SCHEDULE = '60 MINUTE'
  WHEN SYSTEM$STREAM_HAS_DATA('TWEETS_TO_SCORE')
AS
  INSERT INTO scored (id, entities)
  SELECT id, modelhost.functions.ner(text) FROM tweets_to_score;

-- A task is made suspended. EXECUTE TASK score_new_tweets runs it at once; 05 and 06 are run again behind it.
ALTER TASK score_new_tweets RESUME;

-- Rows with an error are asked again: those alone.
UPDATE scored
SET entities = modelhost.functions.ner(t.text)
FROM tweets AS t
WHERE t.id = scored.id AND scored.entities:error IS NOT NULL;

SELECT COUNT(*) AS tweets, COUNT(s.id) AS scored, COUNT_IF(s.entities:error IS NOT NULL) AS errors
FROM tweets AS t LEFT JOIN scored AS s ON s.id = t.id;
