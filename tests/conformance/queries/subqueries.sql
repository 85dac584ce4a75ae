-- Subqueries in every place that takes an expression: null-aware IN, EXISTS, scalar ones; correlated or not.
CREATE TEMPORARY VIEW l AS SELECT * FROM VALUES (1, 'a', 10), (2, 'a', 20), (3, 'b', 30), (4, NULL, 40), (5, 'c', NULL) AS t(id, k, v);
CREATE TEMPORARY VIEW r AS SELECT * FROM VALUES ('a', 1, 10), ('a', 2, 15), ('b', 3, 30), (NULL, 4, 5) AS t(k, n, w);
CREATE TEMPORARY VIEW nothing AS SELECT * FROM r WHERE n > 100;
-- IN and EXISTS under OR, NOT, CASE
SELECT id FROM l WHERE id = 5 OR k IN (SELECT k FROM r)
SELECT id FROM l WHERE id = 5 OR k NOT IN (SELECT k FROM r)
SELECT id FROM l WHERE id = 1 OR k NOT IN (SELECT k FROM r WHERE k IS NOT NULL)
SELECT id FROM l WHERE id = 1 OR k NOT IN (SELECT k FROM nothing)
SELECT id FROM l WHERE NOT (id = 5 OR k IN (SELECT k FROM r WHERE k IS NOT NULL))
SELECT id FROM l WHERE NOT (id = 5 AND k NOT IN (SELECT k FROM r))
SELECT id FROM l WHERE NOT (k NOT IN (SELECT k FROM r WHERE k IS NOT NULL))
SELECT id FROM l WHERE k NOT IN (SELECT k FROM r)
SELECT id FROM l WHERE k NOT IN (SELECT k FROM r WHERE k IS NOT NULL)
SELECT id FROM l WHERE k NOT IN (SELECT k FROM nothing)
SELECT id FROM l WHERE v NOT IN (SELECT n FROM r)
SELECT id FROM l WHERE id = 5 OR EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND w > 12)
SELECT id FROM l WHERE id = 5 OR NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k)
SELECT id FROM l WHERE CASE WHEN id < 3 THEN k IN (SELECT k FROM r WHERE w > 12) ELSE EXISTS (SELECT 1 FROM r WHERE r.w = l.v) END
SELECT id FROM l WHERE (k IN (SELECT k FROM r WHERE k IS NOT NULL)) IS NULL
SELECT id FROM l WHERE (k, v) IN (SELECT k, w FROM r)
SELECT id FROM l WHERE (k, v) NOT IN (SELECT k, w FROM r)
SELECT id FROM l WHERE (k, v) NOT IN (SELECT k, w FROM r WHERE k IS NOT NULL)
SELECT id FROM l WHERE id = 4 OR (k, v) IN (SELECT k, w FROM r)
SELECT id FROM l WHERE k IN (SELECT k, w FROM r)
SELECT id FROM l WHERE (k, v) IN (SELECT k FROM r)
SELECT id FROM l WHERE id IN (SELECT array(n) FROM r)
SELECT id FROM l WHERE id IN (SELECT cast(n AS bigint) FROM r)
SELECT id FROM l WHERE v IN (SELECT w FROM r WHERE r.n < l.id)
SELECT id FROM l WHERE v IN (SELECT max(w) FROM r WHERE r.k = l.k)
SELECT id FROM l WHERE v IN (SELECT max(w) FROM r GROUP BY k)
SELECT id FROM l WHERE v NOT IN (SELECT w FROM r WHERE r.k = l.k)
-- in the select list
SELECT id, k IN (SELECT k FROM r WHERE k IS NOT NULL) AS found FROM l
SELECT id, k IN (SELECT k FROM r) AS found FROM l
SELECT id, k NOT IN (SELECT k FROM r) AS missing FROM l
SELECT id, k NOT IN (SELECT k FROM r WHERE k IS NOT NULL) AS missing FROM l
SELECT id, NOT k IN (SELECT k FROM nothing) AS missing FROM l
SELECT id, k IN (SELECT k FROM r) FROM l
SELECT id, EXISTS (SELECT 1 FROM r WHERE r.k = l.k) FROM l
SELECT id, NOT EXISTS (SELECT * FROM r WHERE r.k = l.k AND r.w > l.v) AS e FROM l
SELECT id, EXISTS (SELECT 1 FROM nothing) FROM l
SELECT id, CASE WHEN EXISTS (SELECT 1 FROM r WHERE r.k = l.k) THEN 'yes' ELSE 'no' END AS e FROM l
SELECT EXISTS (SELECT 1 FROM r) AND 3 IN (SELECT n FROM r) AS both
SELECT 1 IN (SELECT n FROM r), 9 NOT IN (SELECT n FROM r), NULL IN (SELECT n FROM r)
-- scalar
SELECT id, (SELECT max(w) FROM r WHERE r.k = l.k) FROM l
SELECT id, (SELECT max(w) + 1 FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT count(*) FROM r WHERE r.k = l.k) AS n FROM l
SELECT id, (SELECT count(*) + 100 FROM r WHERE r.k = l.k) AS n FROM l
SELECT id, (SELECT coalesce(max(w), -1) FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT max(w) + l.id FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT sum(w) FROM r WHERE r.k = l.k AND r.n > 1) AS m FROM l
SELECT id, (SELECT collect_list(w) FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE r.n < l.id) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE r.k = l.k OR r.n = l.id) AS m FROM l
SELECT id, (SELECT w FROM r WHERE r.n = l.id) AS m FROM l
SELECT id, (SELECT w FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT w FROM r WHERE r.k = l.k LIMIT 1) IS NULL AS m FROM l
SELECT id, (SELECT w FROM r WHERE r.k = l.k ORDER BY w DESC LIMIT 1) AS m FROM l
SELECT id, (SELECT w FROM r WHERE r.k = l.k GROUP BY w) AS m FROM l WHERE id = 3
SELECT id, (SELECT DISTINCT k FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT l.v + 1) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE r.k = l.k GROUP BY k) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE r.k = l.k HAVING count(*) > 1) AS m FROM l
SELECT id, (SELECT max(w) FROM (SELECT * FROM r WHERE r.k = l.k) AS x WHERE x.n < 3) AS m FROM l
SELECT id, (SELECT max(a.w) FROM r AS a JOIN r AS b ON a.n = b.n WHERE a.k = l.k) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE upper(r.k) = upper(l.k)) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE r.k <=> l.k) AS m FROM l
SELECT id, (SELECT max(w) FROM r WHERE r.k = l.k AND l.id < 3) AS m FROM l
SELECT id, (SELECT sum(w + l.id) FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT sum(w + r.n) FROM r WHERE r.n = l.id) + (SELECT min(w) FROM r) AS m FROM l
SELECT id, (SELECT k, w FROM r WHERE r.k = l.k) AS m FROM l
SELECT id, (SELECT missing FROM r WHERE r.k = l.k) AS m FROM l
SELECT id FROM l WHERE v > (SELECT avg(w) FROM r WHERE r.k = l.k) OR id = 5
SELECT id FROM l WHERE v = (SELECT max(w) FROM r WHERE r.k = l.k) AND id IN (SELECT n FROM r)
SELECT (SELECT max(w) FROM r) IN (SELECT w FROM r) AS e
-- GROUP BY and HAVING
SELECT k, sum(v) AS s FROM l GROUP BY k HAVING sum(v) > (SELECT min(w) FROM r)
SELECT k, sum(v) AS s FROM l GROUP BY k HAVING k IN (SELECT k FROM r)
SELECT k, sum(v) AS s FROM l GROUP BY k HAVING k NOT IN (SELECT k FROM r WHERE k IS NOT NULL)
SELECT k, sum(v) AS s FROM l GROUP BY k HAVING s IN (SELECT w FROM r) OR k = 'c'
SELECT k, count(*) AS c FROM l GROUP BY k HAVING EXISTS (SELECT 1 FROM r WHERE r.k = l.k)
SELECT k, count(*) AS c FROM l GROUP BY k HAVING count(*) > 1 AND EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.w > 12)
SELECT k, sum(v) - (SELECT min(w) FROM r) AS d FROM l GROUP BY k
SELECT k, sum(v - (SELECT min(w) FROM r)) AS d FROM l GROUP BY k
SELECT sum(v) + (SELECT count(*) FROM r) AS d FROM l
SELECT k, (SELECT max(w) FROM r WHERE r.k = l.k) AS m FROM l GROUP BY k
SELECT k, (SELECT max(w) FROM r WHERE r.k = l.k) AS m, sum(v) AS s FROM l GROUP BY k, (SELECT max(w) FROM r WHERE r.k = l.k)
SELECT sum((SELECT max(w) FROM r WHERE r.k = l.k)) AS m FROM l
SELECT (SELECT max(w) FROM r) AS m, count(*) AS c FROM l GROUP BY (SELECT max(w) FROM r)
SELECT count(*) FILTER (WHERE k IN (SELECT k FROM r)) AS c FROM l
SELECT k, count(*) AS c FROM l GROUP BY k ORDER BY k IN (SELECT k FROM r), k
SELECT id IN (SELECT n FROM r) AS e, count(*) AS c FROM l GROUP BY id IN (SELECT n FROM r)
-- ORDER BY, LIMIT
SELECT id FROM l ORDER BY (SELECT max(w) FROM r WHERE r.k = l.k), id
SELECT id FROM l ORDER BY k IN (SELECT k FROM r), id DESC
SELECT id FROM l ORDER BY EXISTS (SELECT 1 FROM r WHERE r.k = l.k), id DESC
SELECT id FROM l ORDER BY id + (SELECT max(w) FROM r) LIMIT 2
-- JOIN ON
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k AND r.w > (SELECT min(w) FROM r)
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k AND l.id IN (SELECT n FROM r)
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k AND r.n NOT IN (SELECT id FROM l WHERE v > 10)
SELECT l.id, r.n FROM l LEFT JOIN r ON l.k = r.k AND r.n IN (SELECT id FROM l WHERE v > 10)
SELECT l.id, r.n FROM l LEFT JOIN r ON l.k = r.k AND l.id IN (SELECT n FROM r WHERE w > 12)
SELECT l.id, r.n FROM l FULL JOIN r ON l.k = r.k AND r.w = (SELECT max(w) FROM r)
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k AND EXISTS (SELECT 1 FROM r AS x WHERE x.n = l.id)
SELECT l.id, r.n FROM l LEFT JOIN r ON l.k = r.k AND EXISTS (SELECT 1 FROM l AS x WHERE x.v = r.w)
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k OR l.id IN (SELECT n FROM r WHERE w = 5)
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k AND EXISTS (SELECT 1 FROM r AS x WHERE x.n = l.id AND x.w = r.w)
SELECT l.id FROM l LEFT SEMI JOIN r ON l.k = r.k AND l.id IN (SELECT n FROM r)
SELECT l.id FROM l LEFT ANTI JOIN r ON l.k = r.k AND l.id IN (SELECT n FROM r)
SELECT l.id, r.n FROM l JOIN r ON l.k = r.k AND l.id + r.n IN (SELECT n FROM r)
-- EXISTS over other shapes
SELECT id FROM l WHERE EXISTS (SELECT k, count(*) FROM r WHERE r.k = l.k GROUP BY k HAVING count(*) > 1)
SELECT id FROM l WHERE EXISTS (SELECT max(w) FROM r WHERE r.k = l.k)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k LIMIT 1)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k ORDER BY w LIMIT 3)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r AS a JOIN r AS b ON a.k = b.k AND a.n < b.n WHERE a.k = l.k)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r AS a LEFT JOIN r AS b ON a.n = b.n + 1 WHERE a.k = l.k AND b.n IS NULL)
SELECT id FROM l WHERE EXISTS (SELECT l.v FROM r WHERE w < l.v)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k UNION ALL SELECT 1 FROM r WHERE r.n = l.id)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM (SELECT DISTINCT k FROM r WHERE w > 12) x WHERE x.k = l.k)
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.n IN (SELECT id FROM l WHERE v > 10))
SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND EXISTS (SELECT 1 FROM r AS x WHERE x.n = r.n AND x.w < l.v))
SELECT id FROM l WHERE EXISTS (SELECT 1 WHERE l.id > 2)
SELECT id FROM l WHERE l.id IN (SELECT l.id FROM r WHERE r.k = l.k)
SELECT id FROM l WHERE k IN (SELECT k FROM r WHERE w > l.v UNION SELECT 'c')
SELECT transform(array(1, 2), x -> x IN (SELECT n FROM r)) AS t
SELECT id FROM l WHERE (SELECT true)
SELECT id FROM l WHERE id = (SELECT n FROM r WHERE n = 9)
SELECT id FROM l LIMIT (SELECT 2)
SELECT k, rank() OVER (ORDER BY (SELECT max(w) FROM r), id) AS p FROM l
-- LATERAL
SELECT id, x.w FROM l, LATERAL (SELECT w FROM r WHERE r.k = l.k) AS x
SELECT id, x.w FROM l LEFT JOIN LATERAL (SELECT w FROM r WHERE r.k = l.k) AS x
SELECT id, x.m FROM l, LATERAL (SELECT max(w) AS m FROM r WHERE r.k = l.k) AS x
SELECT id, x.c FROM l JOIN LATERAL (SELECT count(*) AS c FROM r WHERE r.k = l.k) AS x ON x.c > 0
SELECT id, x.c FROM l LEFT JOIN LATERAL (SELECT count(*) AS c FROM r WHERE r.k = l.k) AS x ON x.c > 0
SELECT id, a, b FROM l, LATERAL (SELECT id + 1 AS a, v * 2 AS b)
SELECT id, a, b FROM l, LATERAL (SELECT id + 1 AS a) x, LATERAL (SELECT x.a + 1 AS b) y
SELECT id, x.w FROM l, LATERAL (SELECT w FROM r WHERE r.k = l.k ORDER BY w DESC LIMIT 1) AS x
SELECT id, x.w FROM l, LATERAL (SELECT w FROM r WHERE w < l.v) AS x
SELECT id, x.* FROM l CROSS JOIN LATERAL (SELECT k AS kk, n FROM r WHERE r.n = l.id) AS x(p, q)
SELECT id, e FROM l, LATERAL (SELECT explode(array(id, v)) AS e)
SELECT id, x.w FROM l RIGHT JOIN LATERAL (SELECT w FROM r WHERE r.k = l.k) AS x
SELECT * FROM l, LATERAL (SELECT missing)
SELECT id, x.w FROM l, LATERAL (SELECT w + l.id AS w FROM r WHERE r.k = l.k) AS x WHERE x.w > 12
SELECT id, t.col FROM l, LATERAL explode(array(id, v)) AS t WHERE id < 3
-- a null literal
SELECT NULL IN (SELECT id FROM l) AS some, NULL NOT IN (SELECT id FROM l) AS not_some
SELECT NULL IN (SELECT id FROM l WHERE id > 99) AS none, NULL NOT IN (SELECT id FROM l WHERE id > 99) AS not_none
SELECT id FROM l WHERE NULL NOT IN (SELECT id FROM l WHERE id > 99) OR id = 1
SELECT id, NULL IN (SELECT w FROM r WHERE r.k = l.k) AS x, NULL NOT IN (SELECT w FROM r WHERE r.k = l.k) AS y FROM l
SELECT NULL IN (SELECT max(id) FROM l WHERE id > 99) AS aggregated
SELECT id FROM l WHERE `not`()
SELECT `not`(EXISTS (SELECT 1), true)
SELECT * FROM l LIMIT id
SELECT * FROM l LIMIT (SELECT 1)
