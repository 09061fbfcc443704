"""llama.cpp's own server for a file: prints where it listens, and ends with its standard input."""

import os
import sys

import xllamacpp


def main() -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.n_ctx, parameters.n_parallel, parameters.warmup, parameters.n_gpu_layers = 512, 1, False, 0
    # A model that learned nothing says the end of what it read again: that is then the question's
    parameters.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    parameters.fit_params = False  # which would load the file twice
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.cache_ram_mib, parameters.ui = 0, False
    server = xllamacpp.Server(parameters)
    print(f"listening {server.listening_address}", flush=True)
    sys.stdin.read()
    os._exit(0)  # the server's threads may not end by themselves


if __name__ == "__main__":
    main()
