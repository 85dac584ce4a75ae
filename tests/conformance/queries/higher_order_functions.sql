-- Names and types of the result columns, references to columns, lambdas in all clauses.
CREATE OR REPLACE TEMPORARY VIEW carts AS SELECT * FROM VALUES (1, array(3, 1, 2), map('a', 1, 'b', 2), 10), (2, array(5, NULL), map('c', 3), 20), (3, NULL, NULL, 30), (4, array(), map(), NULL) AS t(id, items, prices, factor)
SELECT transform(items, x -> x + 1) FROM carts
SELECT transform(items, (x, i) -> x * i) FROM carts
SELECT transform(items, x -> x * factor + id) AS scaled FROM carts
SELECT id, filter(items, x -> x > id) FROM carts
SELECT id, exists(items, x -> x > id), forall(items, x -> x > id) FROM carts
SELECT aggregate(items, 0, (acc, x) -> acc + x) FROM carts
SELECT aggregate(items, id, (acc, x) -> acc + coalesce(x, factor), acc -> acc * 2) FROM carts
SELECT reduce(items, 0, (acc, x) -> acc + x) FROM carts
SELECT zip_with(items, map_values(prices), (x, y) -> x + y) FROM carts
SELECT map_filter(prices, (k, v) -> v > id) FROM carts
SELECT transform_keys(prices, (k, v) -> concat(k, id)), transform_values(prices, (k, v) -> v * factor) FROM carts
SELECT map_zip_with(prices, map('a', 10, 'z', 20), (k, v1, v2) -> struct(k, v1, v2, id)) FROM carts
SELECT array_sort(items, (l, r) -> CASE WHEN l IS NULL THEN 1 WHEN r IS NULL THEN -1 ELSE r - l END) FROM carts WHERE id < 3
SELECT transform(items, x -> transform(items, y -> x * y + id)) FROM carts
SELECT transform(items, factor -> factor + 1) FROM carts
SELECT transform(items, 5) FROM carts
SELECT transform(items, x -> struct(x, id)) FROM carts
SELECT transform(items, x -> x) AS a, transform(a, y -> y + 1) AS b FROM carts
SELECT id FROM carts WHERE exists(items, x -> x = 2)
SELECT size(filter(items, x -> x > 1)) AS n, count(*) FROM carts GROUP BY size(filter(items, x -> x > 1))
SELECT filter(items, x -> x > 1), count(*) FROM carts GROUP BY filter(items, y -> y > 1)
SELECT id FROM carts ORDER BY aggregate(items, 0, (acc, x) -> acc + coalesce(x, 0)), id
SELECT sum(aggregate(items, 0, (acc, x) -> acc + coalesce(x, 0))) FROM carts
SELECT transform(collect_list(id), x -> x + 1) FROM (SELECT id FROM carts ORDER BY id)
SELECT transform(array(1, 2), x -> x + max(id)) FROM carts
SELECT explode(transform(items, x -> x * 2)) FROM carts
SELECT CASE WHEN id = 1 THEN transform(items, x -> 6 DIV x) ELSE array(0) END AS safe FROM carts
SELECT transform(items, x -> CASE WHEN x > 2 THEN x * factor WHEN x IS NULL THEN -1 ELSE id END) AS c FROM carts
SELECT transform(items, x -> x + missing) FROM carts
SELECT transform(missing, x -> x + 1) FROM carts
SELECT transform(items, x -> unknown_function(x)) FROM carts
SELECT transform(items, x -> x.field) FROM carts
SELECT transform(items, x -> (SELECT 1)) FROM carts
SELECT id, x FROM carts LATERAL VIEW explode(filter(items, i -> i > 1)) AS x
SELECT array_sort(items) FROM carts
SELECT array_sort(items, (l, r) -> 1 / 0) FROM carts
SELECT exists(items, x -> x), id FROM carts
-- The rows of VALUES differ in the nullability of nested fields; an operator puts them together.
SELECT * FROM VALUES (1, array(3, 1)), (2, array(5, NULL)) AS t(id, items) ORDER BY id DESC
