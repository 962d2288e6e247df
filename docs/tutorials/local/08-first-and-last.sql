-- When does a person turn up in his tweets, and when for the last time? Days are those of New York.
SET VARIABLE min_tweets = COALESCE(GETVARIABLE('min_tweets'), 20);

SELECT
  name,
  CAST(MIN(posted_at) AS DATE) AS first_mention,
  CAST(MAX(posted_at) AS DATE) AS last_mention,
  DATEDIFF('day', MIN(posted_at), MAX(posted_at)) AS days,
  COUNT(*) AS tweets
FROM mentions
WHERE label = 'PER'
GROUP BY name
HAVING COUNT(*) >= GETVARIABLE('min_tweets')
ORDER BY first_mention, name;
