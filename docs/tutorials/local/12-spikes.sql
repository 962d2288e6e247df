-- In which weeks does a name come up far more often than in the eight weeks before? z is the distance from their mean
-- in standard deviations, of at least one tweet: a name that was never there would have none. Weeks begin on Monday,
-- in New York, and are those with tweets of his own.
SET VARIABLE min_tweets = COALESCE(GETVARIABLE('min_tweets'), 20);

WITH weeks AS (
  SELECT DISTINCT CAST(DATE_TRUNC('week', posted_at) AS DATE) AS week
  FROM own_tweets
),
counts AS (
  SELECT name, CAST(DATE_TRUNC('week', posted_at) AS DATE) AS week, COUNT(*) AS tweets
  FROM mentions
  GROUP BY name, CAST(DATE_TRUNC('week', posted_at) AS DATE)
),
names AS (
  SELECT name
  FROM counts
  GROUP BY name
  HAVING SUM(tweets) >= GETVARIABLE('min_tweets')
),
series AS (
  SELECT
    n.name,
    w.week,
    COALESCE(c.tweets, 0) AS tweets,
    COUNT(*) OVER (PARTITION BY n.name ORDER BY w.week ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING) AS weeks_before,
    AVG(COALESCE(c.tweets, 0))
      OVER (PARTITION BY n.name ORDER BY w.week ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING) AS mean_before,
    STDDEV_POP(COALESCE(c.tweets, 0))
      OVER (PARTITION BY n.name ORDER BY w.week ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING) AS deviation_before
  FROM names AS n
  CROSS JOIN weeks AS w
  LEFT JOIN counts AS c ON c.name = n.name AND c.week = w.week
)
SELECT
  week,
  name,
  tweets,
  ROUND(mean_before, 2) AS mean_before,
  ROUND((tweets - mean_before) / GREATEST(deviation_before, 1), 1) AS z
FROM series
WHERE weeks_before = 8 AND tweets - mean_before >= 3 * GREATEST(deviation_before, 1)
ORDER BY z DESC, week, name
LIMIT 20;
