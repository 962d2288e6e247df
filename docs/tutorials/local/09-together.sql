-- Which people, himself left out, are named in one tweet? jaccard is the share of the tweets that name both among those
-- that name either.
WITH people AS (
  SELECT tweet_id, name
  FROM mentions
  WHERE label = 'PER' AND name <> 'Donald Trump'
),
counts AS (
  SELECT name, COUNT(*) AS tweets
  FROM people
  GROUP BY name
),
pairs AS (
  SELECT a.name AS name, b.name AS with_name, COUNT(*) AS tweets
  FROM people AS a
  JOIN people AS b ON b.tweet_id = a.tweet_id AND b.name > a.name
  GROUP BY a.name, b.name
)
SELECT
  p.name,
  p.with_name,
  p.tweets,
  ROUND(p.tweets / (a.tweets + b.tweets - p.tweets), 3) AS jaccard
FROM pairs AS p
JOIN counts AS a ON a.name = p.name
JOIN counts AS b ON b.name = p.with_name
WHERE p.tweets >= 2
ORDER BY p.tweets DESC, jaccard DESC, p.name, p.with_name
LIMIT 20;
