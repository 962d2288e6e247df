-- Reads either column set of the archive: COLUMNS takes the one of two columns that is there. May be run again, with
-- another file in the variable tweets.
-- v1: source,text,created_at,retweet_count,favorite_count,is_retweet,id_str
-- v2: id,text,isRetweet,isDeleted,device,favorites,retweets,date,isFlagged
CREATE OR REPLACE TEMPORARY TABLE loaded AS
SELECT
  CAST(COLUMNS('^(id_str|id)$') AS BIGINT) AS id,
  STRPTIME(COLUMNS('^(created_at|date)$'), ['%m-%d-%Y %H:%M:%S', '%Y-%m-%d %H:%M:%S']) AS created_at,
  text,
  COLUMNS('^(source|device)$') AS device,
  CAST(COLUMNS('^(is_retweet|isRetweet)$') AS BOOLEAN) AS is_retweet,
  CAST(COLUMNS('^(retweet_count|retweets)$') AS INTEGER) AS retweets,
  CAST(COLUMNS('^(favorite_count|favorites)$') AS INTEGER) AS favorites
FROM READ_CSV(GETVARIABLE('tweets'), header = true, all_varchar = true, delim = ',', quote = '"', escape = '"');

-- A tweet that is there already gets the higher counts, as a rule the newer ones.
MERGE INTO tweets USING (
  SELECT
    id,
    ANY_VALUE(created_at) AS created_at,
    ANY_VALUE(text) AS text,
    ANY_VALUE(device) AS device,
    ANY_VALUE(is_retweet) AS is_retweet,
    MAX(retweets) AS retweets,
    MAX(favorites) AS favorites
  FROM loaded
  GROUP BY id
) AS l ON tweets.id = l.id
WHEN MATCHED THEN UPDATE SET
  retweets = COALESCE(GREATEST(tweets.retweets, l.retweets), tweets.retweets, l.retweets),
  favorites = COALESCE(GREATEST(tweets.favorites, l.favorites), tweets.favorites, l.favorites)
WHEN NOT MATCHED THEN INSERT (id, created_at, text, device, is_retweet, retweets, favorites)
  VALUES (l.id, l.created_at, l.text, l.device, l.is_retweet, l.retweets, l.favorites);

SELECT COUNT(*) AS tweets, COUNT_IF(is_retweet) AS retweets, MIN(created_at) AS first_tweet, MAX(created_at) AS last_tweet
FROM tweets;
