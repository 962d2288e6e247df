-- Answers for tweets that were not scored yet, or had an error: from the file of the variable entities again, or from
-- another one, of a batch over new rows.
MERGE INTO scored USING (
  SELECT CAST(COALESCE(id_str, id) AS BIGINT) AS id,
    ANY_VALUE(COALESCE(prediction, JSON_OBJECT('error', error))) AS entities
  FROM READ_JSON(GETVARIABLE('entities'), format = 'newline_delimited',
    columns = {id_str: 'VARCHAR', id: 'VARCHAR', prediction: 'JSON', error: 'JSON'})
  GROUP BY 1
) AS n ON scored.id = n.id
WHEN MATCHED AND JSON_EXISTS(scored.entities, '$.error') THEN UPDATE SET entities = n.entities
WHEN NOT MATCHED THEN INSERT (id, entities) VALUES (n.id, n.entities);

SELECT COUNT(*) AS tweets, COUNT(s.id) AS scored, COUNT_IF(JSON_EXISTS(s.entities, '$.error')) AS errors
FROM tweets AS t LEFT JOIN scored AS s ON s.id = t.id;
