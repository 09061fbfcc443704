"""Types chosen for single tensors: patterns, the text file, and what the plan makes of them."""

from dataclasses import replace

import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.convert import prepare_plan
from app.core.convert.part_file import write_text
from app.core.describe.plan_json import plan_data
from app.core.describe.summary import DECODED
from app.core.errors import PlanError
from app.core.ggml_types import NEEDED, TENSOR_TYPES, OutputType, types_by_importance
from app.core.human_text import bytes_in_words
from app.core.model.facts import WeightFacts
from app.core.plan import PlanOptions
from app.core.plan.header.file_size import file_byte_count
from app.core.plan.types.fitting_types import fitting_types
from app.core.plan.types.mix import MixFacts
from app.core.plan.types.tensor_choices import (
    LONGEST_PATTERN,
    TensorChoice,
    choice_for,
    choices_as_text,
    load_choices,
    parse_choice,
    pattern_of,
    with_choice,
)
from app.core.plan.types.tensor_types import Draft, TypeRules, choose_types
from app.core.remedies import ChooseType
from tests.core.weights.one_tensor import packed, plain
from tests.expect_finding import STOP, WARNING, expect_finding

T = GGMLQuantizationType


def choices(*texts):
    return tuple(map(parse_choice, texts))


@pytest.mark.parametrize("kind", TENSOR_TYPES, ids=lambda kind: kind.name)
def test_types_are_written_in_any_case(kind):
    assert parse_choice(f"attn_v={kind.name}") == parse_choice(f" attn_v = {kind.name.lower()} ") == ("attn_v", kind)
    assert parse_choice(str(TensorChoice("attn_v", kind))) == ("attn_v", kind)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not of the form PATTERN=TYPE"),
        ("attn_v", "not of the form PATTERN=TYPE"),
        ("=q8_0", "not of the form PATTERN=TYPE"),
        ("attn_v=", "not of the form PATTERN=TYPE"),
        ("attn_v=q4_k_m", "'q4_k_m' is not a type"),
        ("attn_v=i32", "'i32' is not a type"),
        ("attn_v=q8_0=q8_0", "is not a type"),
        ("attn_(v=q8_0", "cannot be used"),
        ("*=q8_0", "cannot be used"),
        ("a" * (LONGEST_PATTERN + 1) + "=q8_0", "longer than"),
        ("a{99999999999}=q8_0", "cannot be used"),
    ],
)
def test_what_is_no_choice(text, words):
    with pytest.raises(PlanError, match=words) as caught:
        parse_choice(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("blk.0.attn_v.weight", T.Q8_0),
        ("blk.11.attn_v.weight", T.Q8_0),
        ("blk.1.ffn_down.weight", T.Q6_K),
        ("blk.12.ffn_down.weight", T.Q5_K),
        ("blk.1.ffn_up.weight", None),
        ("output.weight", T.Q4_0),
        ("blk.0.attn_output.weight", None),
    ],
)
def test_the_first_pattern_found_anywhere_in_the_name_counts(name, expected):
    given = choices("ATTN_V=q8_0", r"blk\.[01]\.ffn_down=q6_k", "ffn_down=q5_k", "attn_v=q2_k", "^output=q4_0")
    assert type_for(name, given) == expected


def type_for(name, given):
    found = choice_for(name, given)
    return found and found.type


def test_a_choice_for_single_tensors_comes_before_all_others_and_can_be_taken_back():
    given = choices("blk=q4_0")
    names = ["blk.1.attn_v.weight", "blk.2.attn_v.weight"]
    chosen = with_choice(given, names, T.Q8_0)
    assert [type_for(name, chosen) for name in (*names, "blk.11.attn_v.weight", "blk.1.attn_vxweight")] == [
        *(T.Q8_0, T.Q8_0, T.Q4_0, T.Q4_0)
    ]
    again = with_choice(chosen, names[:1], T.F16)
    assert [type_for(name, again) for name in names] == [T.F16, T.Q8_0]
    assert len(again) == 3
    assert with_choice(again, names, None) == given


def test_a_text_file_and_back(tmp_path):
    file = tmp_path / "types.txt"
    file.write_bytes(b"# mine\n\nattn_v=Q8_0  # finer\r\n  ffn_down = q6_k\n")
    given = load_choices(file)
    assert given == (("attn_v", T.Q8_0), ("ffn_down", T.Q6_K))
    write_text(file, choices_as_text(with_choice(given, ["blk.0.ffn_up.weight"], T.Q4_1)))
    assert file.read_text() == "^blk\\.0\\.ffn_up\\.weight$=q4_1\nattn_v=q8_0\nffn_down=q6_k\n"
    assert load_choices(file)[1:] == given
    assert [path.name for path in tmp_path.iterdir()] == ["types.txt"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"attn_v=q8_0\nattn_k\n", "types.txt, line 2: 'attn_k' is not of the form PATTERN=TYPE"),
        (b"\n\n\nattn_v=q9\n", "types.txt, line 4: 'q9' is not a type"),
        (b"\xff\xfe", "not a list of types"),
        (b"attn_v=q8_0\n\0", "not a list of types"),
        (b"#" * ((1 << 20) + 1), "not a list of types"),
        (None, "cannot be read"),
    ],
)
def test_a_text_file_that_cannot_be_used(data, words, tmp_path):
    file = tmp_path / "types.txt"
    file.mkdir() if data is None else file.write_bytes(data)
    with pytest.raises(PlanError, match=words) as caught:
        load_choices(file)
    assert caught.value.hint


def draft(name="blk.0.ffn_up.weight", shape=(4, 256), source=None):
    return Draft(name, shape, (source or plain("BF16", *shape),))


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (draft(), tuple(kind for kind in TENSOR_TYPES if kind not in types_by_importance(NEEDED))),
        (draft(shape=(4, 64)), tuple(kind for kind in TENSOR_TYPES if GGML_QUANT_SIZES[kind][0] <= 64)),
        (draft(shape=(4, 32)), tuple(kind for kind in TENSOR_TYPES if GGML_QUANT_SIZES[kind][0] <= 32)),
        (draft(shape=(4, 40)), (T.F32, T.F16, T.BF16)),
        (draft(shape=(256,)), (T.F32,)),
        (draft("blk.0.attn_norm.weight"), (T.F32,)),
        (draft("blk.0.ffn_gate_inp.weight"), (T.F32,)),
        (draft("blk.0.laurel_l.weight"), (T.F32, T.F16, T.BF16)),
        (Draft("rope_freqs.weight", (32,), ()), (T.F32,)),
    ],
    ids=lambda value: f"{value.name} {value.shape}" if isinstance(value, Draft) else "",
)
def test_only_types_that_fit_are_offered(tensor, expected):
    assert fitting_types(tensor) == expected


@pytest.mark.parametrize("output_type", OutputType)
def test_a_choice_comes_before_every_rule(output_type):
    names = ("output.weight", "token_embd.weight", "blk.0.attn_v.weight", "blk.0.ffn_down_exps.weight")
    drafts = [draft(name) for name in names] + [draft("blk.0.attn_norm.weight"), draft("blk.0.laurel_l.weight")]
    rules = TypeRules(PlanOptions(output_type, tensor_types=choices(".=q5_0")), MixFacts(1, 8, 1), WeightFacts())
    found = choose_types(drafts, rules)
    assert [one.type for one in found[:4]] == [T.Q5_0] * 4
    assert [one.choice for one in found[4:]] == [None, None]
    assert found[4].type is T.F32


@pytest.mark.parametrize(
    ("packing", "wish", "note", "error"),
    [
        (Quantization(4, 64), "q4_1", "same values, new layout", 0),
        (Quantization(5, 64), "q5_1", "same values, new layout", 0),
        (Quantization(4, 32, "mxfp4"), "mxfp4", "same values, new layout", 0),
        (Quantization(4, 256, "kquant", codec="q4_k"), "q4_k", "blocks kept", 0),
        (Quantization(2, 256, "kquant", codec="iq2_xxs"), "iq2_xxs", "blocks kept", 0),
        (Quantization(4, 16, "nvfp4"), "nvfp4", "same values, new layout", 0),
        (Quantization(4, 256, "kquant", codec="q4_k"), "q5_k", "requantized", None),
        (Quantization(4, 64), "q4_0", "requantized", None),
        (Quantization(4, 64), "f16", "dequantized", None),
        (Quantization(4, 32, "mxfp4"), "bf16", "dequantized", 0),
    ],
)
@pytest.mark.parametrize("output_type", ["auto", "q8_0", "q4_k_m"])
def test_packed_weights_stay_packed_in_their_own_type(packing, wish, note, error, output_type):
    source = packed("BF16" if packing.mode == "affine" else "U8", (4, 256), packing)
    rules = TypeRules(
        PlanOptions(OutputType(output_type), tensor_types=choices(f"ffn={wish}")), MixFacts(1, 0, 1), WeightFacts()
    )
    (found,) = choose_types([draft(source=source)], rules)
    assert (found.type.name.lower(), DECODED[found.method], found.error) == (wish, note, error)


def planned(folder, output_type, *texts):
    return prepare_plan(open_checkpoint(folder), PlanOptions(OutputType(output_type), tensor_types=choices(*texts)))


@pytest.mark.parametrize("output_type", ["auto", "bf16", "q4_k_m"])
def test_the_size_follows_and_the_plan_tells(output_type, tied_folder):
    plan = planned(tied_folder, output_type, "attn_v=q8_0", "token_embd=q5_0", "norm=q4_0")
    without = planned(tied_folder, output_type)
    assert plan.byte_count == file_byte_count(plan.metadata, plan.tensors)
    chosen = {tensor.name: tensor.type for tensor in plan.tensors if tensor.choice}
    assert chosen == {"token_embd.weight": T.Q5_0, **{f"blk.{layer}.attn_v.weight": T.Q8_0 for layer in range(6)}}
    rest = [replace(tensor, type=T.F32, byte_count=0) for tensor in plan.tensors if not tensor.choice]
    assert rest == [replace(t, type=T.F32, byte_count=0) for t in without.tensors if t.name not in chosen]
    expect_finding(plan.findings, "choice-without-effect", WARNING, "norm")
    assert plan.can_convert
    data = plan_data(plan)
    assert data["tensor_types"] == ["attn_v=q8_0", "token_embd=q5_0", "norm=q4_0"]
    assert {t["name"]: t["choice"] for t in data["tensors"] if t["choice"]}["blk.0.attn_v.weight"] == "attn_v=q8_0"


def test_what_does_not_fit_stops_and_names_the_tensor(tied_folder):
    plan = planned(tied_folder, "auto", "attn_q=q4_k", "ffn_down=q4_k")  # rows of 128, and of 256
    finding = expect_finding(plan.findings, "type-does-not-fit", STOP, "blk.0.attn_q.weight")
    assert "blk.0.attn_q.weight and 5 more tensors that" in finding.what
    assert "128" in finding.meaning
    assert "Q4_K" not in finding.advice
    assert "Q8_0" in finding.advice
    assert not plan.can_convert
    assert plan.byte_count == file_byte_count(plan.metadata, plan.tensors)


@pytest.mark.parametrize(
    ("output_type", "texts", "expected"),
    [
        ("q4_k_m", [".=q8_0"], LlamaFileType.MOSTLY_Q4_K_M),
        ("q8_0", [".=f16"], LlamaFileType.MOSTLY_Q8_0),
        ("bf16", [".=q8_0"], LlamaFileType.MOSTLY_BF16),
        ("bf16", ["ffn_up=mxfp4"], LlamaFileType.MOSTLY_BF16),
        ("auto", ["ffn_up=q4_0"], LlamaFileType.MOSTLY_BF16),
        ("auto", ["blk=q4_0", "token_embd=q4_1"], LlamaFileType.MOSTLY_Q4_0),
        ("auto", ["ffn_down=q3_k", ".=iq4_nl", "token_embd=q4_1"], LlamaFileType.MOSTLY_IQ4_NL),
    ],
)
def test_the_name_of_the_files_type(output_type, texts, expected, tied_folder):
    keys = {entry.key: entry.value for entry in planned(tied_folder, output_type, *texts).metadata}
    assert keys["general.file_type"] == expected


def test_a_choice_can_lose_twice_and_is_told_so(tmp_path):
    from tests.tiny_checkpoints import gemma3_folder

    folder = gemma3_folder(tmp_path / "quantized", quantize=lambda _: True)
    finding = expect_finding(planned(folder, "auto", "ffn_up=q4_0").findings, "quantized-twice", WARNING)
    assert finding.what.startswith("6 quantized tensors")
    assert finding.remedies == ()  # another type of the file would change nothing about these
    for harmless in ("ffn_up=q4_1", "ffn_up=f16"):
        plan = planned(folder, "auto", harmless)
        assert "quantized-twice" not in {finding.code for finding in plan.findings}
        assert "decoded-weights" not in {finding.code for finding in plan.findings}


def test_what_lossless_would_make_is_said_to_the_byte_and_not_where_it_would_change_nothing(tmp_path):
    from tests.tiny_checkpoints import gemma3_folder

    folder = gemma3_folder(tmp_path / "quantized", quantize=lambda _: True)

    def advice(output_type, *texts):
        finding = expect_finding(planned(folder, output_type, *texts).findings, "quantized-twice", WARNING)
        return finding.advice, finding.remedies

    whole = bytes_in_words(planned(folder, "lossless").byte_count)
    lossless = (ChooseType(OutputType.LOSSLESS),)
    assert advice("q8_0") == (f"Choose lossless, which loses nothing that GGUF can hold, in {whole}.", lossless)
    with_choice = bytes_in_words(planned(folder, "lossless", "attn_v=q8_0").byte_count)
    said, remedies = advice("q8_0", "attn_v=q8_0")
    assert said.endswith(f"in {with_choice}; types chosen for single tensors stay.")
    assert remedies == lossless
    for output_type in ("auto", "lossless"):  # only what was chosen by hand loses anything
        assert advice(output_type, "attn_v=q8_0") == ("Choose another type for these tensors, or none.", ())


def test_one_tensor_alone(tied_folder):
    plan = planned(tied_folder, "auto", f"{pattern_of('blk.1.ffn_up.weight')}=q4_0")
    assert [tensor.name for tensor in plan.tensors if tensor.type is T.Q4_0] == ["blk.1.ffn_up.weight"]
