-- The table of tweets: each tweet once. created_at is UTC, as in the archive.
CREATE OR REPLACE TABLE tweets (
  id BIGINT PRIMARY KEY,
  created_at TIMESTAMP NOT NULL,
  text VARCHAR,
  device VARCHAR,
  is_retweet BOOLEAN NOT NULL,
  retweets INTEGER,
  favorites INTEGER
);

SELECT COUNT(*) AS tweets FROM tweets;
