-- When does a person turn up in his tweets, and when for the last time? Days are those of New York.
SET min_tweets = 20;

SELECT
  name,
  CAST(MIN(posted_at) AS DATE) AS first_mention,
  CAST(MAX(posted_at) AS DATE) AS last_mention,
  DATEDIFF('day', MIN(posted_at), MAX(posted_at)) AS days,
  COUNT(*) AS tweets
FROM mentions
WHERE label = 'PER'
GROUP BY name
HAVING COUNT(*) >= $min_tweets
ORDER BY first_mention, name;
