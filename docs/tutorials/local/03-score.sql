-- What the model answered, from the file of
--   modelhost batch ner:en --input tweets.csv --column text --keep id_str --output entities.jsonl
-- (v2 files: --keep id). A line is {"id_str", "prediction": [...]} or {"id_str", "error": {"code", "message"}}.
CREATE OR REPLACE TABLE scored AS
SELECT CAST(COALESCE(id_str, id) AS BIGINT) AS id,
  ANY_VALUE(COALESCE(prediction, JSON_OBJECT('error', error))) AS entities
FROM READ_JSON(GETVARIABLE('entities'), format = 'newline_delimited',
  columns = {id_str: 'VARCHAR', id: 'VARCHAR', prediction: 'JSON', error: 'JSON'})
GROUP BY 1;

SELECT COUNT(*) AS scored, COUNT_IF(JSON_EXISTS(entities, '$.error')) AS errors FROM scored;
