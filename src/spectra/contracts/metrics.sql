-- How is each source? One row per source: every figure of its newest run, what it published last, and its last 7 days.
--
-- This text is what `spectra health`, `spectra metrics` and their Python methods run. It is DuckDB's SQL.
--     spectra sql --file contracts/metrics.sql
-- In another session the four log tables named below have to be there, and a table of one row that says who asks:
--     CREATE TABLE reader AS SELECT
--         CAST(NULL AS VARCHAR) AS source_system,     -- one source, or NULL for every source that was ever started
--         now()                 AS asked_at,
--         86400.0               AS max_age_seconds;   -- how old a publication may be; the contract promises one day
--
-- Newest always means the greatest run_seq, never a clock. A figure that the newest run did not measure is NULL.
WITH
starts AS (
    SELECT s.* FROM log.runs AS s CROSS JOIN reader AS r
    WHERE s.stage = 'source' AND (r.source_system IS NULL OR r.source_system = s.source_system)
),
runs AS (
    SELECT l.* REPLACE (CASE WHEN json_valid(l.error_summary) THEN l.error_summary END AS error_summary),
           coalesce(l.ended_at, l.recorded_at) AS over_at
    FROM log.source AS l CROSS JOIN reader AS r
    WHERE l.stage = 'source' AND (r.source_system IS NULL OR r.source_system = l.source_system)
),
newest AS (
    SELECT * FROM runs QUALIFY row_number() OVER (PARTITION BY source_system ORDER BY run_seq DESC) = 1
),
publication AS (
    SELECT * FROM runs WHERE status = 'Success'
    QUALIFY row_number() OVER (PARTITION BY source_system ORDER BY run_seq DESC) = 1
),
-- A start without a completion that is newer than every completion: it goes on, or it died and nobody looked yet.
unfinished AS (
    SELECT s.source_system, max_by(s.execution_id, s.run_seq) AS execution_id, max_by(s.started_at, s.run_seq) AS since
    FROM starts AS s LEFT JOIN newest AS n USING (source_system)
    WHERE s.run_seq > coalesce(n.run_seq, 0)
    GROUP BY s.source_system
),
week AS (
    SELECT u.source_system, count(*) AS runs, count(*) FILTER (WHERE u.status = 'Success') AS successes,
           avg(u.duration_seconds) FILTER (WHERE u.status = 'Success') AS mean_duration_seconds
    FROM runs AS u CROSS JOIN reader AS r
    WHERE u.over_at > r.asked_at - INTERVAL 7 DAY
    GROUP BY u.source_system
),
promises AS (
    SELECT g.source_system,
           count(*) FILTER (WHERE g.level = 'must') AS must_count,
           count(*) FILTER (WHERE g.level = 'must' AND g.passed) AS must_held,
           count(*) FILTER (WHERE g.level = 'should') AS should_count,
           count(*) FILTER (WHERE g.level = 'should' AND g.passed) AS should_held
    FROM log.guarantees AS g JOIN newest AS n USING (source_system, execution_id)
    GROUP BY g.source_system
),
answers AS (
    SELECT p.source_system, CAST(sum(p.record_count) AS BIGINT) AS record_count
    FROM log.probes AS p JOIN newest AS n USING (source_system, execution_id)
    GROUP BY p.source_system
),
sources AS (
    SELECT source_system FROM starts UNION SELECT source_system FROM runs
)
SELECT s.source_system,
       n.execution_id, n.correlation_id, n.run_seq, n.status, n.readiness, n.error_code, n.error_category,
       n.contract_version, n.spectra_version, n.started_at, n.over_at AS ended_at,
       n.duration_seconds, n.endpoint_count, n.endpoint_probed_count, n.endpoint_success_count,
       n.endpoint_success_rate, n.latency_p50_ms, n.latency_p95_ms, n.request_count, n.retry_count, n.bytes_received,
       a.record_count, n.requests_per_second,
       CASE WHEN n.duration_seconds > 0 THEN n.bytes_received / n.duration_seconds END AS bytes_per_second,
       CASE WHEN n.duration_seconds > 0 THEN a.record_count / n.duration_seconds END AS records_per_second,
       n.table_creation_duration_ms, n.guarantees_passed, n.guarantees_failed,
       p.must_count, p.must_held, p.should_count, p.should_held,
       try_cast(json_extract_string(n.error_summary, '$.total') AS BIGINT) AS error_count,
       try_cast(json_extract_string(n.error_summary, '$.critical') AS BIGINT) AS critical_count,
       u.execution_id AS published_execution_id, u.ended_at AS published_at,
       epoch(r.asked_at) - epoch(u.ended_at) AS age_seconds,
       CASE WHEN isfinite(r.max_age_seconds) THEN r.max_age_seconds END AS max_age_seconds,
       coalesce(w.runs, 0) AS runs_7d, coalesce(w.successes, 0) AS successes_7d,
       CASE WHEN w.runs > 0 THEN w.successes / w.runs END AS success_rate_7d,
       w.mean_duration_seconds AS mean_duration_seconds_7d,
       f.execution_id AS unfinished_execution_id, f.since AS unfinished_since,
       r.asked_at
FROM sources AS s CROSS JOIN reader AS r
LEFT JOIN newest AS n ON n.source_system = s.source_system
LEFT JOIN publication AS u ON u.source_system = s.source_system
LEFT JOIN unfinished AS f ON f.source_system = s.source_system
LEFT JOIN week AS w ON w.source_system = s.source_system
LEFT JOIN promises AS p ON p.source_system = s.source_system
LEFT JOIN answers AS a ON a.source_system = s.source_system
ORDER BY s.source_system
