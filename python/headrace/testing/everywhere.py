"""Tests that are run several times: straight, with restarts, with crashes."""

import functools
import inspect

from headrace.testing import tables
from headrace.testing.stream import StreamTest


def stream_test(
    query,
    *,
    everywhere=False,
    crashes=True,
    passages=1,
    output_mode="append",
    trigger=None,
    configuration=None,
    clock=None,
    **inputs,
):
    """Makes a pytest test of a function of a StreamTest; the keywords that are left name inputs:

        @stream_test(count_words, lines="value STRING", output_mode="complete")
        def test_counts(stream): …

    everywhere   runs the test again with a restart after each step, and with a crash at each
                 injection point (its first `passages` passages; not with crashes=False), which must
                 give the same rows in the end
    """
    make = functools.partial(
        StreamTest, query, inputs, output_mode, trigger, configuration, clock
    )

    def decorate(body):
        parameters = list(inspect.signature(body).parameters.values())

        @functools.wraps(body)
        def test(**fixtures):
            run = functools.partial(body, **fixtures)
            if everywhere:
                run_everywhere(make, run, passages if crashes else 0)
            else:
                with make() as stream:
                    run(stream)

        # pytest looks for fixtures by the names of parameters; the first one comes from here.
        test.__signature__ = inspect.Signature(parameters[1:])
        del test.__wrapped__
        return test

    return decorate


def run_everywhere(make, body, passages):
    with make() as stream:
        points = stream.engine.injection_points() if stream.engine.can_crash else []
        body(stream)
        names, expected = stream.content()
    run_variant("a restart after each step", make, body, None, names, expected)
    for point in points:
        for passage in range(1, passages + 1):
            place = (point, passage)
            name = f"a crash at {point}" + (f", passage {passage}" if passage > 1 else "")
            if not run_variant(name, make, body, place, names, expected):
                break  # the test does not come by so often


def run_variant(name, make, body, crash, names, expected):
    """Whether the server crashed at least once."""
    try:
        with make() as stream:
            if crash is None:
                stream.restart_after_steps = True
            else:
                stream.crash_at(*crash)
            # A restart may move rows from one batch to another: what counts is the end.
            stream.checks_steps = False
            body(stream)
            _, actual = stream.content()
            wrong = tables.difference(names, expected, actual)
            assert wrong is None, wrong
            return stream.crashes > 0
    except AssertionError as error:
        raise AssertionError(f"with {name} the rows are other ones. {error}") from error
