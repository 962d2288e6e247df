-- Which names go with many favourites? There were more readers each year, so that a tweet is also held against the
-- median tweet of its year: times_usual 2 is twice as many. The median, since few tweets have very many.
SET min_tweets = 20;

WITH years AS (
  SELECT YEAR(posted_at) AS year, MEDIAN(favorites) AS usual
  FROM own_tweets
  GROUP BY YEAR(posted_at)
)
SELECT
  m.name,
  m.label,
  COUNT(*) AS tweets,
  MEDIAN(m.favorites) AS median_favorites,
  ROUND(MEDIAN(m.favorites / NULLIF(y.usual, 0)), 2) AS times_usual
FROM mentions AS m
JOIN years AS y ON y.year = YEAR(m.posted_at)
GROUP BY m.name, m.label
HAVING COUNT(*) >= $min_tweets
ORDER BY times_usual DESC, m.name, m.label
LIMIT 20;
