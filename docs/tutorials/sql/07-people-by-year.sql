-- Whom does he write about most, year by year? The first five of each year, himself left out; percent is
-- of all his tweets of that year.
WITH years AS (
  SELECT YEAR(posted_at) AS year, COUNT(*) AS tweets
  FROM own_tweets
  GROUP BY YEAR(posted_at)
),
people AS (
  SELECT YEAR(posted_at) AS year, name, COUNT(*) AS tweets
  FROM mentions
  WHERE label = 'PER' AND name <> 'Donald Trump'
  GROUP BY YEAR(posted_at), name
)
SELECT
  p.year,
  ROW_NUMBER() OVER (PARTITION BY p.year ORDER BY p.tweets DESC, p.name) AS place,
  p.name,
  p.tweets,
  ROUND(100 * p.tweets / y.tweets, 1) AS percent
FROM people AS p
JOIN years AS y ON y.year = p.year
QUALIFY place <= 5
ORDER BY p.year, place;
