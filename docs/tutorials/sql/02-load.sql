-- PUT is a command of a client such as snow sql or SnowSQL, run where the files are. Leave out what you do not have.
-- v1: source,text,created_at,retweet_count,favorite_count,is_retweet,id_str
-- v2: id,text,isRetweet,isDeleted,device,favorites,retweets,date,isFlagged
PUT file://tweets.csv @archive/v1/ AUTO_COMPRESS = TRUE OVERWRITE = TRUE;
PUT file://tweets_v2.csv @archive/v2/ AUTO_COMPRESS = TRUE OVERWRITE = TRUE;

-- No cast here: a cast would read times by the account's format, and not by that of the file format.
COPY INTO loaded (id, created_at, text, device, is_retweet, retweets, favorites)
FROM (SELECT t.$7, t.$3, t.$2, t.$1, t.$6, t.$4, t.$5 FROM @archive/v1/ AS t)
FILE_FORMAT = (FORMAT_NAME = 'archive_v1');

COPY INTO loaded (id, created_at, text, device, is_retweet, retweets, favorites)
FROM (SELECT t.$1, t.$8, t.$2, t.$5, t.$3, t.$7, t.$6 FROM @archive/v2/ AS t)
FILE_FORMAT = (FORMAT_NAME = 'archive_v2');

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
