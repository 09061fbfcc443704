"""Parts that decoders share."""

from app.core.architectures.parts.decoder import attention, mlp, with_biases


def biases(part):
    return {rule.name.split(".")[-2] for rule in part.tensors if rule.name.endswith(".bias")}


def test_biases_that_a_graph_does_not_read_have_no_rule():
    assert biases(attention("qkvo")) == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert biases(attention("qkv")) == {"q_proj", "k_proj", "v_proj"}
    assert biases(attention()) == biases(mlp()) == set()


def test_biases_that_a_graph_needs_are_not_optional():
    part = attention("qkvo")
    assert all(rule.optional for rule in part.tensors if rule.name.endswith(".bias"))
    assert not any(rule.optional for rule in with_biases(part).tensors)
    assert len(with_biases(part).tensors) == len(part.tensors)
