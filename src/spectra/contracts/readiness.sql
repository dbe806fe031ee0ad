-- May the next stage read what the Source stage published? One row per source, entity and check; READY, DEGRADED or
-- BLOCKED stands in `verdict`, beside every check that led to it, passed or not.
--
-- This text is what `spectra ready` and Pipeline.readiness run, so all three give the same verdict. It is DuckDB's SQL.
--     spectra sql --file contracts/readiness.sql
-- In another session the five tables named below have to be there, and a table of one row that says who asks:
--     CREATE TABLE reader AS SELECT
--         CAST(NULL AS VARCHAR) AS source_system,     -- one source, or NULL for every source that was ever started
--         now()                 AS asked_at,
--         86400.0               AS max_age_seconds,   -- how old a publication may be; the contract promises one day
--         1                     AS contract_major,    -- the major version of the contract that the reader was made for
--         CAST(NULL AS VARCHAR) AS missing,           -- tables the reader could not open at the published versions
--         CAST(NULL AS VARCHAR) AS unrecorded;        -- a run that died and that nobody could record yet
--
-- Newest always means the greatest run_seq, never a clock. log.* may hold anything else beside Source; it is not read.
-- source.portfolio and source.endpoints are meant at the versions that the publication's table_versions names; at
-- their newest versions the verdict is the same, since a run that did not publish is BLOCKED already.
WITH
sources AS (
    SELECT DISTINCT source_system
    FROM (SELECT source_system FROM log.source WHERE stage = 'source'
          UNION ALL SELECT source_system FROM log.runs WHERE stage = 'source'
          UNION ALL SELECT source_system FROM reader) AS mentioned
    WHERE source_system IS NOT NULL
      AND (SELECT r.source_system IS NULL OR r.source_system = mentioned.source_system FROM reader AS r)
),
-- What is no JSON object counts as not written: whoever damaged a row must not get READY, nor an error, by that.
runs AS (
    SELECT * REPLACE (
        CASE WHEN json_valid(parameters) THEN parameters END AS parameters,
        CASE WHEN json_valid(table_versions) THEN table_versions END AS table_versions)
    FROM log.source WHERE stage = 'source'
),
newest AS (
    SELECT * FROM runs
    QUALIFY row_number() OVER (PARTITION BY source_system ORDER BY run_seq DESC, status = 'Success') = 1
),
publication AS (
    SELECT * FROM runs WHERE status = 'Success'
    QUALIFY row_number() OVER (PARTITION BY source_system ORDER BY run_seq DESC) = 1
),
unfinished AS (
    SELECT s.source_system, max_by(s.execution_id, s.run_seq) AS execution_id
    FROM log.runs AS s LEFT JOIN newest AS n ON n.source_system = s.source_system
    WHERE s.stage = 'source' AND s.run_seq > coalesce(n.run_seq, 0)
    GROUP BY s.source_system
),
portfolio AS (
    SELECT p.* FROM source.portfolio AS p JOIN publication AS u USING (source_system, execution_id)
),
endpoints AS (
    SELECT e.* FROM source.endpoints AS e JOIN publication AS u USING (source_system, execution_id)
),
promises AS (
    SELECT g.source_system, count(*) AS checked,
           string_agg(g.guarantee_id, ', ' ORDER BY g.guarantee_id)
               FILTER (WHERE g.level IS DISTINCT FROM 'should' AND g.passed IS NOT TRUE) AS must_failed,
           string_agg(g.guarantee_id, ', ' ORDER BY g.guarantee_id)
               FILTER (WHERE g.level = 'should' AND g.passed IS NOT TRUE) AS should_failed
    FROM log.guarantees AS g JOIN publication AS u USING (source_system, execution_id)
    GROUP BY g.source_system
),
-- What the run had to reach stands in log.source.parameters, what it proved in log.source.capabilities.
levels AS (
    SELECT source_system, unnest(from_json(parameters -> '$.levels', '["VARCHAR"]')) AS level FROM publication
),
demands AS (
    SELECT source_system, entity,
           json_extract_string(parameters, '$.entities.' || entity || '.full_path') AS full_path,
           from_json(parameters -> ('$.entities.' || entity || '.levels'), '["VARCHAR"]') AS levels,
           from_json(parameters -> ('$.entities.' || entity || '.filters'), '["VARCHAR"]') AS filters
    FROM (SELECT source_system, parameters, unnest(json_keys(parameters -> '$.entities')) AS entity FROM publication)
),
filters AS (
    SELECT source_system, entity, unnest(filters) AS filter FROM demands
),
unreached AS (
    SELECT l.source_system, l.level FROM levels AS l JOIN publication AS u USING (source_system)
    WHERE NOT coalesce(list_contains(u.capabilities, 'level:' || l.level), false)
),
unproven AS (
    SELECT f.source_system, f.entity, f.filter FROM filters AS f JOIN publication AS u USING (source_system)
    WHERE NOT coalesce(list_has_any(u.capabilities, ['filter:' || f.filter, 'incremental:' || f.filter]), false)
),
facts AS (
    SELECT s.source_system, r.asked_at, r.max_age_seconds, r.contract_major, r.missing, r.unrecorded,
           n.status AS newest_status, n.error_code AS newest_error, f.execution_id AS unfinished,
           u.execution_id IS NULL OR coalesce(json_type(u.parameters) = 'OBJECT', false) AS told,
           u.execution_id, u.contract_version, u.endpoint_count AS logged, u.ended_at,
           epoch(r.asked_at) - epoch(u.ended_at) AS age,
           coalesce(len(json_keys(u.table_versions)), 0) AS named,
           (SELECT count(*) FROM portfolio AS p WHERE p.source_system = s.source_system) AS portfolios,
           (SELECT max(p.auth_status) FROM portfolio AS p WHERE p.source_system = s.source_system) AS auth_status,
           (SELECT count(*) FROM endpoints AS e WHERE e.source_system = s.source_system) AS counted,
           coalesce(json_extract_string(u.parameters, '$.auth_proof') = 'required', false) AS proof_required,
           coalesce(try_cast(json_extract_string(u.parameters, '$.expect_endpoints') AS BIGINT), 0) AS expected,
           coalesce(u.guarantees_passed + u.guarantees_failed, 0) AS promised,
           coalesce(p.checked, 0) AS checked, p.must_failed, p.should_failed,
           (SELECT string_agg(level, ', ' ORDER BY level) FROM unreached AS m
             WHERE m.source_system = s.source_system) AS levels_missed,
           (SELECT string_agg(filter, ', ' ORDER BY filter) FROM unproven AS m
             WHERE m.source_system = s.source_system) AS filters_missed
    FROM sources AS s CROSS JOIN reader AS r
    LEFT JOIN newest AS n ON n.source_system = s.source_system
    LEFT JOIN publication AS u ON u.source_system = s.source_system
    LEFT JOIN unfinished AS f ON f.source_system = s.source_system
    LEFT JOIN promises AS p ON p.source_system = s.source_system
),
spans AS (
    SELECT source_system,
           CASE WHEN abs(age) < 60 THEN floor(abs(age))::BIGINT || ' s'
                WHEN abs(age) < 7200 THEN (abs(age) // 60)::BIGINT || ' min'
                WHEN abs(age) < 172800 THEN (abs(age) // 3600)::BIGINT || ' h'
                ELSE (abs(age) // 86400)::BIGINT || ' d ' || ((abs(age) % 86400) // 3600)::BIGINT || ' h' END AS aged,
           CASE WHEN max_age_seconds < 120 THEN format('{:g} s', max_age_seconds)
                WHEN max_age_seconds < 7200 THEN format('{:g} min', max_age_seconds / 60)
                WHEN max_age_seconds < 86400 THEN format('{:g} h', max_age_seconds / 3600)
                ELSE format('{:g} d', max_age_seconds / 86400) END AS allowed
    FROM facts
),
source_checks AS (
    SELECT source_system, 1 AS place, 'latest-run-success' AS name,
           newest_status IS NOT DISTINCT FROM 'Success' AS passed, 'Success' AS expected,
           coalesce(newest_status || coalesce(' (' || newest_error || ')', ''), 'never run') AS observed,
           'BLOCKED' AS otherwise
    FROM facts
    UNION ALL
    SELECT source_system, 2, 'newer-run-unfinished', unfinished IS NULL OR unrecorded IS NOT NULL,
           'no newer run is going on', coalesce(unfinished, 'none'), 'DEGRADED'
    FROM facts
    UNION ALL
    SELECT source_system, 3, 'abandoned-unrecorded', unrecorded IS NULL, 'every run that ended is recorded',
           coalesce(unrecorded || ' died and cannot be recorded', 'all are'), 'BLOCKED'
    FROM facts
    UNION ALL
    -- A clock that was set back cannot tell an age: up to five minutes between two machines are taken as none.
    SELECT source_system, 4, 'freshness', coalesce(age BETWEEN -300 AND max_age_seconds, false),
           'at most ' || allowed || ' old',
           CASE WHEN execution_id IS NULL THEN 'never published'
                WHEN age < -300 THEN 'ended ' || aged || ' in the future: a clock is wrong'
                ELSE coalesce(aged || ' old', 'its end is not recorded') END,
           CASE WHEN age < -300 THEN 'DEGRADED' ELSE 'BLOCKED' END
    FROM facts JOIN spans USING (source_system)
    UNION ALL
    SELECT source_system, 5, 'tables-present', missing IS NULL AND named = 4 AND portfolios = 1,
           '4 of 4 at the versions published',
           CASE WHEN execution_id IS NULL THEN 'never published' WHEN missing IS NOT NULL THEN 'missing ' || missing
                WHEN named <> 4 THEN named || ' of 4 named'
                WHEN portfolios <> 1 THEN portfolios || ' rows of the publication in source.portfolio'
                ELSE '4 of 4' END, 'BLOCKED'
    FROM facts
    UNION ALL
    SELECT source_system, 6, 'auth', coalesce(auth_status IN ('Success', 'NotRequired'), false),
           'Success or NotRequired', coalesce(auth_status, 'not readable'),
           CASE WHEN auth_status = 'Unknown' AND NOT proof_required THEN 'DEGRADED' ELSE 'BLOCKED' END
    FROM facts
    UNION ALL
    SELECT source_system, 7, 'endpoint-count', coalesce(counted = logged AND counted >= expected, false),
           'at least ' || expected || ', equal to the log''s',
           counted || ' in the table, ' || coalesce(logged::VARCHAR, 'none') || ' in the log', 'BLOCKED'
    FROM facts
    UNION ALL
    SELECT source_system, 8, 'contract-major',
           coalesce(split_part(contract_version, '.', 1) = contract_major::VARCHAR, false), contract_major || '.x.y',
           coalesce(contract_version, 'none'), 'BLOCKED'
    FROM facts
    UNION ALL
    SELECT source_system, 9, 'must-guarantees', must_failed IS NULL AND checked = promised AND checked > 0,
           'all hold',
           CASE WHEN must_failed IS NOT NULL THEN must_failed
                WHEN checked <> promised OR checked = 0 THEN checked || ' of ' || promised || ' are in log.guarantees'
                ELSE 'all hold' END, 'BLOCKED'
    FROM facts
    UNION ALL
    SELECT source_system, 10, 'should-guarantees', should_failed IS NULL, 'all hold',
           coalesce(should_failed, 'all hold'), 'DEGRADED'
    FROM facts
    UNION ALL
    SELECT source_system, 11, 'levels-reached', levels_missed IS NULL AND told, 'all declared levels',
           CASE WHEN told THEN coalesce('not ' || levels_missed, 'all declared levels')
                ELSE 'log.source does not say which' END, 'DEGRADED'
    FROM facts
    UNION ALL
    SELECT source_system, 12, 'filters-proven', filters_missed IS NULL AND told, 'all declared filters',
           CASE WHEN told THEN coalesce('not ' || filters_missed, 'all declared filters')
                ELSE 'log.source does not say which' END, 'DEGRADED'
    FROM facts
),
-- An entity is judged by its own endpoint, levels and filters, and by all of the source but what is about others.
entity_checks AS (
    SELECT d.source_system, d.entity, c.place, c.name, c.passed, c.expected, c.observed, c.otherwise
    FROM demands AS d JOIN source_checks AS c USING (source_system)
    WHERE c.name NOT IN ('should-guarantees', 'levels-reached', 'filters-proven')
    UNION ALL
    SELECT d.source_system, d.entity, 10, 'entity-endpoint', coalesce(e.readiness = 'READY', false),
           'accessible or empty', coalesce(e.probe_status, 'no such endpoint') || coalesce(' (' || e.error_code || ')', ''),
           CASE WHEN e.readiness = 'DEGRADED' THEN 'DEGRADED' ELSE 'BLOCKED' END
    FROM demands AS d
    LEFT JOIN endpoints AS e
      ON e.source_system = d.source_system AND e.full_path = d.full_path AND e.http_method = 'GET'
    UNION ALL
    SELECT d.source_system, d.entity, 11, 'levels-reached', m.missed IS NULL,
           'all levels it stands on', coalesce('not ' || m.missed, 'all levels it stands on'), 'DEGRADED'
    FROM demands AS d LEFT JOIN (
        SELECT w.source_system, w.entity, string_agg(u.level, ', ' ORDER BY u.level) AS missed
        FROM demands AS w JOIN unreached AS u
          ON u.source_system = w.source_system AND list_contains(w.levels, u.level)
        GROUP BY w.source_system, w.entity) AS m
      ON m.source_system = d.source_system AND m.entity = d.entity
    UNION ALL
    SELECT d.source_system, d.entity, 12, 'filters-proven', m.missed IS NULL,
           'all its filters', coalesce('not ' || m.missed, 'all its filters'), 'DEGRADED'
    FROM demands AS d LEFT JOIN (
        SELECT source_system, entity, string_agg(filter, ', ' ORDER BY filter) AS missed
        FROM unproven GROUP BY source_system, entity) AS m
      ON m.source_system = d.source_system AND m.entity = d.entity
),
checks AS (
    SELECT source_system, NULL AS entity, place, name, passed, expected, observed, otherwise FROM source_checks
    UNION ALL
    SELECT source_system, entity, place, name, passed, expected, observed, otherwise FROM entity_checks
)
SELECT source_system, entity,
       CASE max(CASE WHEN passed THEN 0 WHEN otherwise = 'BLOCKED' THEN 2 ELSE 1 END)
                OVER (PARTITION BY source_system, entity)
            WHEN 0 THEN 'READY' WHEN 1 THEN 'DEGRADED' ELSE 'BLOCKED' END AS verdict,
       name AS "check", passed, expected, observed, otherwise
FROM checks
ORDER BY source_system, entity NULLS FIRST, place
