"""identify: a folder and the family that it belongs to, found once for everything that comes after."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from app.core.architectures import Architecture, Config, Layout, find_architecture
from app.core.architectures.normalize_config import Settings, normalize_config
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.findings import Finding
from app.core.known_vocabulary import KnownVocabulary
from app.core.model.adapted import Applied, adapted
from app.core.model.config_check import check_config, check_numbers, layer_count
from app.core.model.config_values import CONFIG_ERRORS, Values, metadata_values
from app.core.model.expected_tensors import ExpectedTensor, expected_tensors
from app.core.model.explained_errors import explained
from app.core.model.layout import Evidence, layout_evidence
from app.core.model.lost_tensors import without_unneeded_files
from app.core.model.modules import measured, with_modules
from app.core.model.needed_settings import missing_settings
from app.core.model.settled_packings import settled
from app.core.model.shapes import fits
from app.core.model.source_tensors import SourceTensors, find_tensor, source_tensors
from app.core.model.sources import Sources
from app.core.model.unfused import adapter_inside

NO_EVIDENCE = Evidence(Layout.MLX, "", matters=False)
MOST_ROWS = 1 << 20  # XLM-V has 901,629 tokens, the most known: arXiv 2301.10472, "one million token vocabulary"


@dataclass(frozen=True)
class Model:
    """What a folder is: all that follows from its headers and JSON, and nothing that depends on a choice.

    `config` is normalized, with the family's defaults; `values` are the numbers of its metadata by key, `{arch}` still
    to be filled in. `complaints` are what is wrong with config.json: with one of them, or without a family, nothing
    below them is known. `embedding` and `head` are the tensors of the folder, in any form. `adapters` are on its
    tensors already.
    """

    checkpoint: Checkpoint
    family: Architecture | None = None
    complaints: tuple[Finding, ...] = ()
    config: Config = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    layer_count: int = 0
    embedding: ModelTensor | None = None
    head: ModelTensor | None = None
    expected: tuple[ExpectedTensor, ...] = ()
    evidence: Evidence = NO_EVIDENCE
    adapters: tuple[Applied, ...] = ()
    adapter_findings: tuple[Finding, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Whether a plan can be made at all."""
        return self.family is not None and not self.complaints

    @property
    def known_vocabulary(self) -> KnownVocabulary:
        """What the model type says of its vocabulary."""
        known = self.family.vocabularies if self.family is not None else {}
        return known.get(self.checkpoint.model_type or "", KnownVocabulary())

    @cached_property
    def _sources(self) -> dict[Layout, SourceTensors]:
        return {}

    def sources(self, layout: Layout) -> SourceTensors:
        """The folder's tensors, sorted; this layout is the tie-break. Sorted once for each."""
        assert self.family is not None
        if layout not in self._sources:
            self._sources[layout] = source_tensors(self.checkpoint, self.family, self.config, self.expected, layout)
        return self._sources[layout]

    @cached_property
    def vocabulary_rows(self) -> int | None:
        """To how many tokens a vocabulary is padded: the embedding's rows.

        None without an embedding, and where its shape is not what config.json asks for: a header can claim any.
        """
        embedding, family = self.embedding, self.family
        if embedding is None or family is None or len(embedding.shape) != 2 or embedding.shape[0] > MOST_ROWS:
            return None
        wanted = [one for one in self.expected if one.rule.name == family.embedding]
        forms = ((one, form) for one in wanted for layout in Layout for form in one.forms(layout))
        is_sound = any(fits(one, Sources(form, (embedding,), (embedding,))) for one, form in forms)
        return embedding.shape[0] if is_sound else None

    def number_tensors(self, sources: SourceTensors) -> tuple[tuple[ExpectedTensor, ModelTensor], ...]:
        """Tensors of one number that become metadata, in the order of the layers."""
        found = sources.found
        return tuple((one, found[one.key].tensors[0]) for one in self.expected if one.rule.key and one.key in found)


def identify(checkpoint: Checkpoint, adapters: tuple[Applied, ...] = ()) -> Model:
    """The model of a folder, with what adapters make of it.

    Reads no weights, and never fails: a folder that makes no sense has `complaints`.
    """
    family = find_architecture(checkpoint.model_type, checkpoint.config)
    if family is None:
        return Model(checkpoint)
    checkpoint = with_modules(checkpoint, family)
    try:
        return identified(checkpoint, family, adapters=adapters)
    except CONFIG_ERRORS as error:
        complaint = explained(error, family, lambda trail: identified(checkpoint, family, trail.settings, adapters))
        return Model(checkpoint, family, (complaint,))


def identified(
    checkpoint: Checkpoint, family: Architecture, settings: Settings = dict, adapters: tuple[Applied, ...] = ()
) -> Model:
    """The model of a family's folder; `settings` makes the dictionaries of settings. Raises CONFIG_ERRORS."""
    complaints = check_numbers(family, normalize_config(checkpoint.config)) or missing_settings(
        family, checkpoint.config
    )
    if complaints:
        return Model(checkpoint, family, complaints)
    config = normalize_config({**checkpoint.config, **measured(checkpoint, family)}, family.defaults, settings)
    values = metadata_values(family, config)
    complaints = check_config(family, config, values)
    if complaints:
        return Model(checkpoint, family, complaints)
    embedding, count = find_tensor(checkpoint, family, family.embedding), layer_count(family, config)
    rows = embedding.shape[0] if embedding is not None and embedding.shape else 0
    expected = tuple(expected_tensors(family, config, count, rows))
    evidence = layout_evidence(checkpoint, family, expected)
    checkpoint = without_unneeded_files(checkpoint, family, config, expected, evidence.layout)
    checkpoint = replace(checkpoint, tensors=settled(checkpoint.tensors, family, expected, evidence.layout))
    inside, unfused_findings = adapter_inside(checkpoint)
    adapters = (*([Applied(inside)] if inside else []), *adapters)
    fine_tuned = adapted(checkpoint.tensors, adapters, family, expected, evidence.layout)
    checkpoint = replace(checkpoint, tensors=fine_tuned.tensors)
    embedding, head = (find_tensor(checkpoint, family, name) for name in (family.embedding, family.lm_head))
    return Model(
        *(checkpoint, family, (), config, values, count, embedding, head, expected, evidence),
        adapters=adapters,
        adapter_findings=(*unfused_findings, *fine_tuned.findings),
    )
