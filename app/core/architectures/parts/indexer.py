"""DeepSeek's sparse attention: an indexer in each layer picks the tokens that attention sees."""

from gguf import Keys

from app.core.architectures.architecture import Part
from app.core.architectures.config_rows import Config, u32
from app.core.architectures.parts.decoder import ATTENTION, matrix

AT, KEYS = ATTENTION + ".indexer", Keys.Attention.Indexer


def _sizes(config: Config, _layer: int) -> dict[str, int]:
    head, heads = config["index_head_dim"], config["index_n_heads"]
    return {"index head": head, "index heads": heads, "index heads*head": head * heads}


INDEXER = Part(
    (
        *matrix(f"{AT}.k_norm", "indexer.k_norm", "index head", bias=True),
        *matrix(f"{AT}.weights_proj", "indexer.proj", "index heads", "hidden"),
        *matrix(f"{AT}.wk", "indexer.attn_k", "index head", "hidden"),
        *matrix(f"{AT}.wq_b", "indexer.attn_q_b", "index heads*head", "q_rank"),
    ),
    sizes=_sizes,
)
METADATA = (
    u32(KEYS.HEAD_COUNT, "index_n_heads"),
    u32(KEYS.KEY_LENGTH, "index_head_dim"),
    u32(KEYS.TOP_K, "index_topk"),
)
