-- What does he write about at which hour of New York's day? Tweets, names found by kind, names a tweet, and the name
-- that is in most tweets of that hour.
WITH hours AS (
  SELECT
    HOUR(t.posted_at) AS hour,
    COUNT(DISTINCT t.id) AS tweets,
    COUNT_IF(m.label = 'PER') AS people,
    COUNT_IF(m.label = 'ORG') AS organisations,
    COUNT_IF(m.label = 'LOC') AS places,
    ROUND(COUNT(m.name) / COUNT(DISTINCT t.id), 2) AS names_per_tweet
  FROM own_tweets AS t
  LEFT JOIN mentions AS m ON m.tweet_id = t.id
  GROUP BY HOUR(t.posted_at)
),
names AS (
  SELECT HOUR(posted_at) AS hour, name AS most_named
  FROM mentions
  GROUP BY HOUR(posted_at), name
  QUALIFY ROW_NUMBER() OVER (PARTITION BY HOUR(posted_at) ORDER BY COUNT(*) DESC, name) = 1
)
SELECT h.hour, h.tweets, h.people, h.organisations, h.places, h.names_per_tweet, n.most_named
FROM hours AS h
LEFT JOIN names AS n ON n.hour = h.hour
ORDER BY h.hour;
