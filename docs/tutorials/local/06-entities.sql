-- One row for each entity found. Its name is that of the alias table, else the most frequent spelling of the same
-- letters, so that OHIO is Ohio, and NATO stays NATO.
CREATE OR REPLACE TABLE entities AS
WITH found AS (
  SELECT
    s.id AS tweet_id,
    e.value ->> '$.text' AS text,
    e.value ->> '$.label' AS label,
    CAST(e.value ->> '$.start' AS INTEGER) AS span_start,
    CAST(e.value ->> '$.end' AS INTEGER) AS span_end,
    CAST(e.value ->> '$.score' AS DOUBLE) AS score
  FROM scored AS s, JSON_EACH(s.entities) AS e
  WHERE JSON_TYPE(s.entities) = 'ARRAY'
),
spellings AS (
  SELECT UPPER(text) AS spelling, text AS usual
  FROM found
  GROUP BY text
  QUALIFY ROW_NUMBER() OVER (PARTITION BY UPPER(text) ORDER BY COUNT(*) DESC, text DESC) = 1
)
SELECT f.tweet_id, f.text, f.label, f.span_start, f.span_end, f.score, COALESCE(a.name, s.usual) AS name
FROM found AS f
JOIN spellings AS s ON s.spelling = UPPER(f.text)
LEFT JOIN aliases AS a ON a.spelling = UPPER(f.text);

-- His own tweets, by the clocks of New York. Until 2016 he passed on what others wrote by quoting it: "@name: ...",
-- every third tweet. The archive does not call that a retweet.
CREATE OR REPLACE VIEW own_tweets AS
SELECT id, created_at AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS posted_at, device, retweets, favorites
FROM tweets
WHERE NOT is_retweet
  AND NOT (COALESCE(text, '') LIKE '"@%' OR COALESCE(text, '') LIKE '“@%' OR COALESCE(text, '') LIKE 'RT @%');

-- Who or what is named in his own tweets: each name once a tweet, however often it is there. A name is of the kind that
-- it has most often: a model errs now and then.
CREATE OR REPLACE VIEW mentions AS
WITH kinds AS (
  SELECT name, label
  FROM entities
  GROUP BY name, label
  QUALIFY ROW_NUMBER() OVER (PARTITION BY name ORDER BY COUNT(*) DESC, label) = 1
)
SELECT DISTINCT e.tweet_id, e.name, k.label, t.posted_at, t.device, t.favorites
FROM entities AS e
JOIN kinds AS k ON k.name = e.name
JOIN own_tweets AS t ON t.id = e.tweet_id;

SELECT label, COUNT(*) AS entities, COUNT(DISTINCT name) AS names
FROM entities
GROUP BY label
ORDER BY label;
