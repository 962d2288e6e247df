-- What analysts see: one row an entity, no texts, no errors. SECURE: its definition is its owner's, and the optimizer shows
-- nobody rows that the view leaves out.
USE ROLE modelhost_scorer;
USE WAREHOUSE scoring;
USE SCHEMA modelhost.answers;

CREATE OR REPLACE SECURE VIEW entities
  COMMENT = 'Names in tweets, one row each'
AS
SELECT
  scored.id AS tweet_id,
  entity.value:text::VARCHAR AS entity,
  entity.value:label::VARCHAR AS label,
  entity.value:"start"::INTEGER AS start_at,
  entity.value:"end"::INTEGER AS end_at,
  entity.value:score::FLOAT AS score
FROM scored, LATERAL FLATTEN(INPUT => scored.entities) AS entity
WHERE IS_ARRAY(scored.entities);

-- 01-roles.sql lets modelhost_analyst read each view of this schema.
USE ROLE modelhost_analyst;
SELECT entity, COUNT(*) AS tweets
FROM modelhost.answers.entities
WHERE label = 'PER' AND score >= 0.5
GROUP BY entity
ORDER BY tweets DESC
LIMIT 20;
