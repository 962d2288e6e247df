-- People, organisations or places: what are the names of each quarter of a year?
SELECT
  CAST(DATE_TRUNC('quarter', posted_at) AS DATE) AS quarter,
  COUNT(*) AS names,
  COUNT_IF(label = 'PER') AS people,
  COUNT_IF(label = 'ORG') AS organisations,
  COUNT_IF(label = 'LOC') AS places,
  ROUND(100 * COUNT_IF(label = 'PER') / COUNT(*), 1) AS people_percent,
  ROUND(100 * COUNT_IF(label = 'ORG') / COUNT(*), 1) AS organisations_percent,
  ROUND(100 * COUNT_IF(label = 'LOC') / COUNT(*), 1) AS places_percent
FROM mentions
WHERE label IN ('PER', 'ORG', 'LOC')
GROUP BY CAST(DATE_TRUNC('quarter', posted_at) AS DATE)
ORDER BY quarter;
