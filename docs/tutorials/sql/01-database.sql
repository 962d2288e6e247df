-- A place for the archive's files, and the table of tweets. Names with IF NOT EXISTS stay as they are.
CREATE WAREHOUSE IF NOT EXISTS tutorial WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = 60 INITIALLY_SUSPENDED = TRUE;
CREATE DATABASE IF NOT EXISTS trump_tweets;
CREATE SCHEMA IF NOT EXISTS trump_tweets.analysis;
USE WAREHOUSE tutorial;
USE SCHEMA trump_tweets.analysis;

CREATE STAGE IF NOT EXISTS archive;

-- The two column sets of the archive differ in how they write a time. A backslash in a tweet is a backslash.
CREATE OR REPLACE FILE FORMAT archive_v1
  TYPE = CSV
  SKIP_HEADER = 1
  FIELD_OPTIONALLY_ENCLOSED_BY = '"'
  ESCAPE_UNENCLOSED_FIELD = NONE
  NULL_IF = ('')
  TIMESTAMP_FORMAT = 'MM-DD-YYYY HH24:MI:SS';
CREATE OR REPLACE FILE FORMAT archive_v2
  TYPE = CSV
  SKIP_HEADER = 1
  FIELD_OPTIONALLY_ENCLOSED_BY = '"'
  ESCAPE_UNENCLOSED_FIELD = NONE
  NULL_IF = ('')
  TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS';

-- What is copied from the files; a tweet may be in several of them.
CREATE OR REPLACE TABLE loaded (
  id BIGINT,
  created_at TIMESTAMP_NTZ,
  text VARCHAR,
  device VARCHAR,
  is_retweet BOOLEAN,
  retweets INTEGER,
  favorites INTEGER
);

-- Each tweet once. created_at is UTC, as in the archive.
CREATE OR REPLACE TABLE tweets (
  id BIGINT NOT NULL,
  created_at TIMESTAMP_NTZ NOT NULL,
  text VARCHAR,
  device VARCHAR,
  is_retweet BOOLEAN NOT NULL,
  retweets INTEGER,
  favorites INTEGER
);

SELECT COUNT(*) AS tweets FROM tweets;
