"""PySpark's worker daemon, with an applyInPandasWithState that costs less a group.

PySpark makes several pandas objects for each group, of its rows and of its state. Here the rows of a batch
become one DataFrame of which each group gets its part, and states become columns of Arrow directly. What
functions see and what workers send is the same. A PySpark that is made otherwise is left as it is.
"""

import runpy
import sys
import types


def improve(worker, serializers):
    import json

    from pyspark.serializers import SpecialLengths, write_int

    original = serializers.ApplyInPandasWithStateSerializer
    wrap = worker.wrap_grouped_map_pandas_udf_with_state
    with_position = "idx" in original.arrow_to_pandas.__code__.co_varnames

    class Columns:
        """The rows of one batch; the first `values` columns are the function's."""

        def __init__(self, owner, batch, values):
            import pandas
            import pyarrow

            self.owner, self.batch, self.values = owner, batch, values
            self.series = None
            # A column with nulls would have another type in the groups that have none.
            if not any(c.null_count and not pyarrow.types.is_string(c.type) for c in batch.columns):
                self.series = self.converted(0, batch.num_rows)
                self.rows = pandas.concat(self.series[:values], axis=1)

        def converted(self, begin, rows):
            import pyarrow

            table = pyarrow.Table.from_batches([self.batch.slice(begin, rows)])
            if with_position:
                return [self.owner.arrow_to_pandas(c, i) for i, c in enumerate(table.itercolumns())]
            return [self.owner.arrow_to_pandas(c) for c in table.itercolumns()]

        def frame(self, begin, rows):
            import pandas

            if self.series is None:
                return pandas.concat(self.converted(begin, rows)[: self.values], axis=1)
            frame = self.rows.iloc[begin : begin + rows]
            frame.index = pandas.RangeIndex(rows)
            frame._is_copy = None
            return frame

        def keys(self, begin, rows):
            return self.converted(begin, rows) if self.series is None else FirstRow(self.series, begin)

    class FirstRow:
        """Columns of which only the first value is looked at."""

        def __init__(self, series, row):
            self.series, self.row = series, row

        def __getitem__(self, column):
            return [self.series[column].iat[self.row]]

    class States:
        """What functions made of the states, as columns."""

        def __init__(self):
            self.properties, self.keys, self.objects, self.timeouts = [], [], [], []

        def add(self, state, pickles):
            self.properties.append(state.json())
            self.keys.append(state._keyAsUnsafe)
            value = state._value_schema.toInternal(state._value) if state.exists else None
            self.objects.append(pickles.dumps(value) if state.exists else None)
            self.timeouts.append(state.oldTimeoutTimestamp)

        def array(self, state_type):
            import pyarrow

            columns = [self.properties, self.keys, self.objects, self.timeouts]
            fields = [state_type[i] for i in range(state_type.num_fields)]
            arrays = [pyarrow.array(c, f.type) for c, f in zip(columns, fields)]
            return pyarrow.StructArray.from_arrays(arrays, fields=fields)

    class Serializer(original):
        def state_of(self, info, known):
            from pyspark.sql.streaming.state import GroupState

            text = info["properties"]
            if text not in known:
                known[text] = json.loads(text)
            properties = dict(known[text])
            if info["object"]:
                properties["optionalValue"] = self.pickleSer.loads(info["object"])
            key, schema = info["keyRowAsUnsafe"], self.state_object_schema
            return GroupState(keyAsUnsafe=key, valueSchema=schema, **properties)

        def chunks(self, stream):
            for batch in serializers.ArrowStreamSerializer.load_stream(self, stream):
                states = batch.column(batch.num_columns - 1)
                values = int(batch.schema.metadata[b"headrace.values"])
                columns = Columns(self, batch.select(list(range(batch.num_columns - 1))), values)
                for info in states.slice(0, len(states) - states.null_count).to_pylist():
                    yield columns, info["startOffset"], info["numRows"], info

        def load_stream(self, stream):
            known = {}
            chunks = self.chunks(stream)

            def parts(columns, begin, rows, info):
                yield columns.frame(begin, rows)
                while not info["isLastChunk"]:
                    columns, begin, rows, info = next(chunks)
                    yield columns.frame(begin, rows)

            for columns, begin, rows, info in chunks:
                state = self.state_of(info, known)
                if state.hasTimedOut:
                    yield iter([(columns.converted(begin, rows), state)]), state
                    continue
                state._frames = parts(columns, begin, rows, info)
                yield iter([(columns.keys(begin, rows), state)]), state
                for _ in state._frames:  # what the function did not look at
                    pass

        def dump_stream(self, iterator, stream):
            def batches():
                frames, rows, states, schema = [], 0, States(), None
                for (((results, state), schema),) in iterator:
                    for frame in results:
                        if len(frame) == 0:
                            continue
                        rows += len(frame)
                        frames.append(frame)
                        if rows > self.arrow_max_records_per_batch:
                            yield self.batch_of(frames, rows, schema, states)
                            frames, rows, states = [], 0, States()
                    states.add(state, self.pickleSer)
                if rows or states.keys:
                    yield self.batch_of(frames, rows, schema, states)

            def announced():
                for number, batch in enumerate(batches()):
                    if number == 0:
                        write_int(SpecialLengths.START_ARROW_STREAM, stream)
                    yield batch

            return serializers.ArrowStreamSerializer.dump_stream(self, announced(), stream)

        def batch_of(self, frames, rows, schema, states):
            import pandas
            import pyarrow

            length = max(1, rows, len(states.keys))

            def padded(array):
                if len(array) == length:
                    return array
                return pyarrow.concat_arrays([array, pyarrow.nulls(length - len(array), array.type)])

            names = pyarrow.schema(list(schema)).names
            if rows and any(list(frame.columns) != names for frame in frames):
                # Columns that are called otherwise meet empty ones, as they do in PySpark.
                frames.append(pandas.DataFrame(dict.fromkeys(names), index=range(length - rows)))
            data = pyarrow.nulls(0, schema)
            if rows:
                data = self._create_batch([(pandas.concat(frames, ignore_index=True), schema)]).column(0)
            counts = [pyarrow.array([n] * length, pyarrow.int32()) for n in (rows, len(states.keys))]
            count = pyarrow.StructArray.from_arrays(counts, names=["dataCount", "stateCount"])
            state = states.array(self.result_state_pdf_arrow_type)
            arrays = [count, padded(data), padded(state)]
            return pyarrow.RecordBatch.from_arrays(arrays, ["_0", "_1", "_2"])

    def wrapped(function, *others):
        def with_frames(key, values, state):
            return function(key, values if state.hasTimedOut else state._frames, state)

        return wrap(with_frames, *others)

    worker.wrap_grouped_map_pandas_udf_with_state = wrapped
    worker.ApplyInPandasWithStateSerializer = Serializer


def run_module(infile, outfile):
    """Runs the module that is told first: nearly always pyspark.worker, others for data sources."""
    import importlib

    from pyspark.serializers import UTF8Deserializer

    try:
        name = UTF8Deserializer().loads(infile)
    except EOFError:
        sys.exit(1)
    importlib.import_module(name).main(infile, outfile)


def main():
    # The daemon imports the worker's module by its name; this one is there already.
    module = types.ModuleType("pyspark_headrace")
    module.main = run_module
    sys.modules[module.__name__] = module
    try:
        from pyspark import worker
        from pyspark.sql.pandas import serializers

        improve(worker, serializers)
    except (ImportError, AttributeError):
        pass
    runpy.run_module("pyspark.daemon", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
