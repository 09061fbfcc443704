"""MiniMax M3's settings under their published names and those of transformers 5."""

from app.core.architectures.families.minimax_m3 import MINIMAX_M3
from app.core.architectures.normalize_config import normalize_config

LAYERS = {"num_hidden_layers": 3, "vocab_size": 1000, "num_key_value_heads": 2}
PUBLISHED = {
    "moe_layer_freq": [0, 1, 1],
    "sparse_attention_config": {
        "sparse_num_index_heads": 2,
        "sparse_index_dim": 64,
        "sparse_block_size": 32,
        "sparse_topk_blocks": 8,
        "sparse_local_block": 2,
        "sparse_attention_freq": [0, 1, 1],
    },
}
SAVED_AGAIN = {
    "mlp_layer_types": ["dense", "sparse", "sparse"],
    "layer_types": ["full_attention", "minimax_m3_sparse", "minimax_m3_sparse"],
    "index_n_heads": 2,
    "index_head_dim": 64,
    "index_block_size": 32,
    "index_topk_blocks": 8,
    "index_local_blocks": 2,
}


def test_both_say_the_same():
    configs = [normalize_config(LAYERS | names, MINIMAX_M3.defaults) for names in (PUBLISHED, SAVED_AGAIN)]
    first, second = ({row.key: row.value_of(config) for row in MINIMAX_M3.all_metadata} for config in configs)
    assert first == second
    assert first["{arch}.attention.indexer.block_size"] == 32
    assert [one.name for config in configs for one in MINIMAX_M3.all_requirements if not one.fits(config)] == []
