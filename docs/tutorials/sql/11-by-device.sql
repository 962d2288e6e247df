-- And from which device? As by hour; seldom used devices are left out.
SET min_tweets = 20;

WITH devices AS (
  SELECT
    t.device,
    COUNT(DISTINCT t.id) AS tweets,
    COUNT_IF(m.label = 'PER') AS people,
    COUNT_IF(m.label = 'ORG') AS organisations,
    COUNT_IF(m.label = 'LOC') AS places,
    ROUND(COUNT(m.name) / COUNT(DISTINCT t.id), 2) AS names_per_tweet
  FROM own_tweets AS t
  LEFT JOIN mentions AS m ON m.tweet_id = t.id
  GROUP BY t.device
  HAVING COUNT(DISTINCT t.id) >= $min_tweets
),
names AS (
  SELECT device, name AS most_named
  FROM mentions
  GROUP BY device, name
  QUALIFY ROW_NUMBER() OVER (PARTITION BY device ORDER BY COUNT(*) DESC, name) = 1
)
SELECT d.device, d.tweets, d.people, d.organisations, d.places, d.names_per_tweet, n.most_named
FROM devices AS d
LEFT JOIN names AS n ON n.device = d.device
ORDER BY d.tweets DESC, d.device;
