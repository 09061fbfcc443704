"""Make resources/pre_tokenizers.json: what llama.cpp knows about pre-tokenizers of byte-level BPE.

    python packaging/make_known_pre_tokenizers.py LLAMA_CPP

LLAMA_CPP is a llama.cpp checkout (the source package of llama-cpp-python holds one as vendor/llama.cpp). Facts only are
taken: the text and the digests of conversion/base.py (get_vocab_base_pre), and of src/llama-vocab.cpp which names mean
the same, which regular expressions they stand for (also as tokenizer.json has them, where a comment says so),
whether a word that is a token of its own is kept whole (`ignore_merges`), and whether bos is added unless the file says
otherwise.
"""

import ast
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "resources" / "pre_tokenizers.json"
STRING = r'"(?:[^"\\\n]|\\.)*"'
ORIGINAL = "original regex from tokenizer.json"


def digests(converter: str) -> tuple[str, dict[str, str]]:
    text = ast.literal_eval(re.search(r"chktxt = ('.*')", converter)[1])
    # the table of get_vocab_base_pre only; names for other kinds of vocabulary are fixed elsewhere
    found = re.findall(r'chkhsh == "([0-9a-f]{64})":\n(?:\s+#.*\n)*\s+res = "([^"]+)"', converter)
    if len(found) != converter.count("chkhsh == "):
        print(f"{converter.count('chkhsh == ') - len(found)} digests are written in another way and left out")
    return text, dict(sorted(found, key=lambda pair: (pair[1], pair[0])))


def kinds(vocabulary: str) -> dict[str, list[list[str]]]:
    """Pre-tokenizer type → for each regular expression the ways to write it."""
    found, cases = {}, []
    start = vocabulary.index("case LLAMA_VOCAB_PRE_TYPE_")
    for line in vocabulary[start : vocabulary.index("std::vector<std::string> regex_exprs;", start)].splitlines():
        if case := re.match(r"\s*case LLAMA_VOCAB_PRE_TYPE_(\w+):", line):
            if not cases or cases[-1][1]:
                cases.append(([], []))
            cases[-1][0].append(case[1])
        elif line.strip() == "default:":
            cases.append((["DEFAULT"], []))
        elif cases:
            cases[-1][1].append(line)
    for names, lines in cases:
        expressions, originals = [], []
        for line in lines:
            texts = [literal(text) for text in re.findall(STRING, line)]
            if line.strip().startswith("//"):
                originals += texts
            elif texts:
                expressions += [[text, *originals] for text in texts[:1]] + [[text] for text in texts[1:]]
                originals = []
        found |= dict.fromkeys(names, expressions)
    return found


def literal(text: str) -> str:
    return ast.literal_eval(text)


def groups(vocabulary: str) -> list[dict]:
    """Names that llama.cpp treats alike."""
    regexes = kinds(vocabulary)
    start = vocabulary.index('tokenizer_pre == "default"')
    part = vocabulary[start : vocabulary.index("unknown pre-tokenizer type", start)]
    result = []
    for piece in re.split(r"\belse\b", part):
        names = re.findall(r'tokenizer_pre == "([^"]+)"', piece)
        kind = re.search(r"pre_type = LLAMA_VOCAB_PRE_TYPE_(\w+);", piece)
        if names and kind and regexes.get(kind[1]):
            result.append(
                {
                    "names": names,
                    "regexes": regexes[kind[1]],
                    "ignore_merges": "ignore_merges = true" in piece,
                    "adds_bos": "add_bos = true" in piece,
                }
            )
    return result


def main() -> None:
    peer = Path(sys.argv[1])
    text, known = digests((peer / "conversion" / "base.py").read_text(encoding="utf-8"))
    alike = groups((peer / "src" / "llama-vocab.cpp").read_text(encoding="utf-8"))
    unknown = set(known.values()) - {name for group in alike for name in group["names"]}
    print(f"{len(known)} digests, {len(alike)} groups; names of no group: {sorted(unknown)}")
    data = {"text": text, "digests": known, "groups": alike}
    TARGET.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
