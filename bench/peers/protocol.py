"""The peers' side of the protocol (see ../protocol.ts): JSON lines in, JSON lines out."""

import json
import os
import sys
import time

THREADS = int(os.environ["BENCH_THREADS"])


def serve(load):
    """Answers calls until stdin ends.

    `load` takes the benchmark's setup and returns (details, outputs, run): a line for people, what is computed
    (a float32 array) and the function that does the work so many times.
    """
    answers = answer_stream()
    run = None
    for line in sys.stdin:
        call = json.loads(line)
        if call["call"] == "load":
            try:
                details, outputs, run = load(call)
            except ImportError as error:
                answers.write(json.dumps({"missing": str(error)}) + "\n")
                continue
            outputs.astype("<f4").tofile(call["outputs"])
            answers.write(json.dumps({"details": details}) + "\n")
        else:
            started = time.perf_counter()
            run(call["repeats"])
            answers.write(json.dumps({"ms": (time.perf_counter() - started) * 1000}) + "\n")


def answer_once(work):
    """For a whole program: `work` takes the request on stdin and returns the answer."""
    answers = answer_stream()
    try:
        answer = work(json.load(sys.stdin))
    except ImportError as error:
        answer = {"missing": str(error)}
    answers.write(json.dumps(answer) + "\n")


def answer_stream():
    """Stdout for answers alone: whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def repeated(once):
    """`once`, so many times."""

    def run(repeats):
        for _ in range(repeats):
            once()

    return run


def fastest(variants, repeats=1, tries=3):
    """The variant, by name, whose `run(repeats)` takes the least time here: a peer gets what suits it best."""

    def seconds(run):
        run(repeats)
        best = float("inf")
        for _ in range(tries):
            started = time.perf_counter()
            run(repeats)
            best = min(best, time.perf_counter() - started)
        return best

    return min(variants, key=lambda name: seconds(variants[name]))
