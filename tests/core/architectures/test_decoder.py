"""Rules that decoders share."""

from app.core.architectures.decoder import attention, with_biases, without_biases


def biases(rules):
    return {rule.name.split(".")[-2] for rule in rules if rule.name.endswith(".bias")}


def test_biases_that_a_graph_does_not_read_have_no_rule():
    assert biases(attention()) == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert biases(without_biases(attention(), "o_proj")) == {"q_proj", "k_proj", "v_proj"}
    assert without_biases(attention()) == tuple(rule for rule in attention() if rule.name.endswith(".weight"))


def test_biases_that_a_graph_needs_are_not_optional():
    assert all(rule.optional for rule in attention() if rule.name.endswith(".bias"))
    assert not any(rule.optional for rule in with_biases(attention()))
    assert len(with_biases(attention())) == len(attention())
