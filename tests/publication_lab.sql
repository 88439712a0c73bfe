-- The tables that publishing reads, in the shapes of the models and of the public view; see publication_lab.py.

CREATE TABLE staging.unusable_records AS SELECT slice_id, source_id, 0::BIGINT AS ordinal,
    'ab0' AS raw_sha256, 1 AS page, '/releases/0' AS position, 'no_ocid' AS reason_code,
    'El registro no trae identificador de contratación (ocid).' AS reason
FROM made;

CREATE TABLE public_view.ocds_releases AS
SELECT
    slice_id, source_id, 'ocds-prueba-' || id AS ocid, id || '-r' AS release_id, release_date,
    json_merge_patch(
        json_object(
            'ocid', 'ocds-prueba-' || id, 'id', id || '-r', 'tag', ['tender'], 'initiationType', 'tender',
            'tender', {'id': id, 'title': 'Adquisición ñ ' || note || ordinal}
        ),
        json_object('date', release_date)
    )::VARCHAR AS release,
    to_json([{
        'raw_sha256': 'ab' || ordinal % 3, 'page': 1, 'position': '/releases/' || ordinal, 'ordinal': ordinal
    }])::VARCHAR AS positions,
    1 AS record_count, ordinal, 'as_published' AS conversion
FROM (
    SELECT
        *,
        CASE WHEN ordinal % 7 <> 0 THEN (2020 + ordinal % 3) || '-05-01T00:00:00Z' END AS release_date
    FROM items
    WHERE system = 's6-ocds'
);

CREATE TABLE public_view.ocds_compiled AS SELECT slice_id, source_id, ocid,
    release_date AS compiled_date, release AS compiled, 1 AS release_count, 1 AS record_count,
    positions, left(release_date, 4)::INTEGER AS year
FROM public_view.ocds_releases;

CREATE TABLE public_view.pdn_records AS SELECT *, record AS record_v1, record AS record_v2,
    CASE
        WHEN system = 's3p' THEN 'faltas_graves_personas_morales'
        WHEN ordinal % 4 <> 0 THEN 'faltas_administrativas_graves'
    END AS collection_v2
FROM (SELECT slice_id, source_id,
    CASE WHEN ordinal % 2 = 0 THEN 's3s' ELSE 's3p' END AS system, id AS record_id, to_json({'id': id,
    'institucionDependencia': {'nombre': 'SALUD ' || note}})::VARCHAR AS record, 'x' AS record_sha256,
    ordinal, 'cd0' AS raw_sha256, 2 AS page, '/results/' || ordinal AS position, 'public' AS name_status
FROM items
WHERE system = 'pdn-s3');

CREATE TABLE public_view.redactions AS SELECT slice_id, source_id, 'curp' AS kind,
    '/parties/*/id' AS path, 3 AS count
FROM made;

CREATE TABLE public_view.repairs AS SELECT slice_id, source_id, ocid,
    CASE WHEN ordinal % 2 = 0 THEN 'date_form' ELSE 'lossy_character' END AS kind, '/date' AS path,
    'antes' AS original, 'después' AS repaired, ordinal % 2 = 1 AS is_guess,
    'ab0' AS raw_sha256, 1 AS page, '/releases/' || ordinal AS position
FROM public_view.ocds_releases WHERE ordinal < 5;

CREATE SCHEMA IF NOT EXISTS landed;
CREATE TABLE landed.shapes AS SELECT slice_id, 'hoja' AS layout FROM made WHERE source_id = 'sur';
CREATE TABLE landed.drift AS SELECT slice_id, source_id, 'hoja' AS layout, 'contratos' AS collection,
    'Monto' AS column_name, 'missing' AS change, 7::BIGINT AS rows
FROM made WHERE source_id = 'sur';

CREATE TABLE standard.ocds_releases AS SELECT *
FROM public_view.ocds_releases;

CREATE TABLE standard.ocds_processes AS SELECT slice_id, source_id, ocid,
    release->>'$.tender.title' AS title, year
FROM public_view.ocds_compiled
JOIN public_view.ocds_releases USING (slice_id, source_id, ocid, positions);

CREATE TABLE standard.ocds_awards AS SELECT slice_id, source_id, ocid, ocid || '-a' AS id,
    (ordinal * 10.5)::DECIMAL(20, 2) AS amount, DATE '2021-01-01' + ordinal::INTEGER AS date, [ocid,
    note] AS related
FROM public_view.ocds_releases
JOIN items USING (slice_id, source_id, ordinal);

CREATE TABLE standard.pdn_s2 AS SELECT slice_id, source_id, record_id, ordinal
FROM public_view.pdn_records
WHERE system = 's2';

CREATE TABLE standard.pdn_s3_servidores AS
SELECT slice_id, source_id, record_id, ordinal FROM public_view.pdn_records WHERE system = 's3s';

CREATE TABLE standard.pdn_s3_particulares AS
SELECT slice_id, source_id, record_id, ordinal FROM public_view.pdn_records WHERE system = 's3p';

CREATE TABLE standard.pdn_s3_sanciones AS
SELECT slice_id, source_id, record_id, ordinal, 'I' AS clave FROM public_view.pdn_records WHERE ordinal % 4 = 0;

CREATE TABLE quality.quality_results AS SELECT 'OCDS-I01' AS rule_id, slice_id, source_id,
    'ocid' AS entity_type, id AS entity_id,
    CASE WHEN ordinal % 5 = 0 THEN 'fail' ELSE 'pass' END AS result, 1 AS failures, '/id' AS path,
    'x' AS value, 'ab0' AS raw_sha256, 1 AS page, '/releases/' || ordinal AS position,
    'B' AS agency_id, 'Secretaría de Obras' AS agency, 2022 AS period
FROM items;

CREATE TABLE quality.quality_summary AS SELECT slice_id, source_id, rule_id,
    count(*) FILTER (result = 'pass') AS pass, count(*) FILTER (result = 'fail') AS fail,
    count(*) FILTER (result = 'na') AS na, count(*) FILTER (result = 'fail') AS failures
FROM quality.quality_results
GROUP BY ALL;

CREATE TABLE quality.quality_by_agency AS SELECT slice_id, source_id, rule_id, agency_id, agency, period,
    count(*) FILTER (result = 'pass') AS pass, count(*) FILTER (result = 'fail') AS fail,
    count(*) FILTER (result = 'na') AS na, count(*) FILTER (result = 'fail') AS failures
FROM quality.quality_results
GROUP BY ALL;

CREATE TABLE quality.quality_field_checks AS SELECT slice_id, source_id, '/ocid' AS path, 'B' AS agency_id,
    'Secretaría de Obras' AS agency, 2022 AS period, count(*) AS places, count(*) AS present, count(*) AS filled,
    count(*) AS pass, 0::BIGINT AS fail, 0::BIGINT AS na, NULL::VARCHAR[] AS missing_in
FROM items
GROUP BY ALL;

-- What is published are the failures.
DELETE FROM quality.quality_results WHERE result <> 'fail';

CREATE TABLE quality.quality_content AS SELECT slice_id, source_id, DATE '2020-05-01' AS content_from,
    DATE '2022-05-01' AS content_until, count(*) AS entities
FROM items
GROUP BY ALL;

CREATE TABLE quality.quality_measures AS SELECT slice_id, source_id, 'tender_status' AS measure,
    'OCDS-T01' AS rule_id, 'active' AS item, count(*)::DECIMAL(38, 2) AS value, 1.0::DOUBLE AS share,
    count(*) AS total, NULL::VARCHAR AS detail
FROM items
WHERE system = 's6-ocds'
GROUP BY ALL;
