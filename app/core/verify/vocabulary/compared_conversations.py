"""Conversations: does llama.cpp write with a file what jinja2 writes with the folder's chat template?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.checkpoint import Checkpoint
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.text import Text, reason_of, text
from app.core.tokenizer.added_tokens import KINDS, text_of
from app.core.verify.engines import EngineError, EngineProcess, RefusalError
from app.core.verify.results.report import Conversation
from app.core.verify.vocabulary.conversations import Script, scripts_for

SECONDS, MEMORY_BYTES = 10.0, 512 << 20
SHOWN = 60  # letters in a sentence
# What llama.cpp always tells a template (common/chat.cpp), and so is told to jinja2 too
TOLD = {"enable_thinking": True, "date_string": "26 Jul 2024", "datetime": "Jul 26 2024"}
COMPLAINT = re.compile(r"Error: (.+)|chat template parsing error: (.+)")


@dataclass(frozen=True)
class ComparedConversations:
    """The conversations as both write them, what is wrong, and what could not be compared."""

    conversations: tuple[Conversation, ...] = ()
    problems: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Ends:
    """What llama.cpp leaves out at the start and end of a conversation, for it puts these around every text."""

    before: str = ""
    after: str = ""

    def left_out(self, said: str) -> str:
        """What is left of a text; of two at its start one stays."""
        return said.removeprefix(self.before).removesuffix(self.after)


@dataclass
class _Found:
    conversations: list[Conversation] = field(default_factory=list)
    problems: list[Text] = field(default_factory=list)
    notes: dict[Text, None] = field(default_factory=dict)


def compare_conversations(
    checkpoint: Checkpoint, file: Path, file_template: str | None, ends: Ends, llama_cpp: EngineProcess
) -> ComparedConversations:
    """Raises EngineError, Cancelled."""
    template = checkpoint.tokenizer.chat_template
    if template is None:
        if file_template is None:
            return ComparedConversations(notes=(text("The folder has no chat template, and neither has the file."),))
        return ComparedConversations(problems=(text("The file has a chat template, the folder has none."),))
    if file_template is None:
        return ComparedConversations(problems=(text("The file has lost the folder's chat template."),))
    found = _Found(problems=list(_other_template(template, file_template)))
    scripts = scripts_for(template)
    try:
        answers = llama_cpp.ask("render", path=str(file), conversations=[_question(script) for script in scripts])
    except RefusalError as error:
        found.problems.append(_refused(error, file, llama_cpp))
        return ComparedConversations((), tuple(found.problems))
    for script, answer in zip(scripts, answers["rendered"], strict=True):
        _compare(checkpoint, script, answer, ends, found)
    return ComparedConversations(tuple(found.conversations), tuple(found.problems), tuple(found.notes))


def _other_template(folder: str, file: str) -> Iterator[Text]:
    if folder != file:
        place = _first_place(folder, file)
        yield text(
            "The file's chat template is another one than the folder's: {file!r} instead of {folder!r} "
            "from character {place:,} on.",
            file=file[place : place + SHOWN],
            folder=folder[place : place + SHOWN],
            place=place + 1,
        )


def _question(script: Script) -> dict[str, Any]:
    tools = {"tools": script.tools} if script.tools else {}
    return {"messages": script.messages, "add_generation_prompt": True, "chat_template_kwargs": TOLD, **tools}


def _refused(error: RefusalError, file: Path, llama_cpp: EngineProcess) -> Text:
    """The sentence about a template that llama.cpp does not take. Raises the error where that is not the cause."""
    try:
        llama_cpp.ask("render", path=str(file), conversations=[], with_template=False)
    except EngineError:
        raise error from None
    complaints = [one or other for one, other in COMPLAINT.findall(error.printed)]
    return text(
        "llama.cpp cannot read the file's chat template ({reason:.200}); its programs load the file only with another "
        "one (--chat-template).",
        reason=complaints[0] if complaints else text("it gives no reason"),
    )


def _compare(checkpoint: Checkpoint, script: Script, answer: dict[str, str], ends: Ends, found: _Found) -> None:
    try:
        mine = ends.left_out(_render(checkpoint, script, script.messages, TOLD))
    except SandboxError as error:
        found.notes[
            text(
                "With jinja2 the folder's chat template does not render “{conversation}”: {reason}.",
                conversation=script.name,
                reason=reason_of(error),
            )
        ] = None
        return
    if "failure" in answer:
        found.problems.append(
            text(
                "llama.cpp cannot write “{conversation}” with the chat template: {reason}.",
                conversation=script.name,
                reason=answer["failure"],
            )
        )
        return
    theirs = answer["text"]
    found.conversations.append(Conversation(script.name, mine, theirs))
    if mine != theirs:
        known = _known_difference(checkpoint, script, theirs, ends)
        if known:
            found.notes[known] = None
        else:
            found.problems.append(_differing(script.name, mine, theirs))
    elif not script.tools and _says_otherwise_untold(checkpoint, script, mine, ends):
        found.notes[
            text(
                "Unless a program says otherwise, llama.cpp gives the chat template today's date and lets the model "
                "think; mlx-lm leaves both to the template. The prompts differ then."
            )
        ] = None


def _known_difference(checkpoint: Checkpoint, script: Script, theirs: str, ends: Ends) -> Text | None:
    """Whether llama.cpp gives the template the same conversation in another form."""
    forms = (
        (
            _merged(script),
            text("This chat template has no place for a system prompt; llama.cpp adds it to the question."),
        ),
        (_trimmed(script), text("llama.cpp takes the white space around messages away with this chat template.")),
        (_in_parts(script), text("llama.cpp hands messages to this chat template as lists of parts.")),
    )
    for messages, note in forms:
        try:
            if messages and ends.left_out(_render(checkpoint, script, messages, TOLD)) == theirs:
                return note
        except SandboxError:
            continue
    return None


def _merged(script: Script) -> list[dict[str, Any]]:
    """common/chat.cpp, system_message_not_supported."""
    first, *others = script.messages
    if first["role"] != "system":
        return []
    return [{**others[0], "content": f"{first['content']}\n{others[0]['content']}"}, *others[1:]]


def _trimmed(script: Script) -> list[dict[str, Any]]:
    """common/chat.cpp, trim_all_content."""
    return [{**one, "content": one["content"].strip()} for one in script.messages]


def _in_parts(script: Script) -> list[dict[str, Any]]:
    return [{**one, "content": [{"type": "text", "text": one["content"]}]} for one in script.messages]


def _says_otherwise_untold(checkpoint: Checkpoint, script: Script, told: str, ends: Ends) -> bool:
    template = checkpoint.tokenizer.chat_template or ""
    if not any(name in template for name in TOLD):
        return False
    try:
        return ends.left_out(_render(checkpoint, script, script.messages, {})) != told
    except SandboxError:
        return True


def _render(checkpoint: Checkpoint, script: Script, messages: list[dict[str, Any]], told: dict[str, Any]) -> str:
    """Raises SandboxError."""
    files = checkpoint.tokenizer
    template = files.named_templates.get("tool_use", files.chat_template) if script.tools else files.chat_template
    tokens = {f"{kind}_token": text_of(files.tokenizer_config.get(f"{kind}_token")) for kind in KINDS}
    variables = {**tokens, "messages": messages, "tools": script.tools or None, "add_generation_prompt": True, **told}
    request = {"template": template, "variables": variables}
    return str(run_in_sandbox("render", request, seconds=SECONDS, memory_bytes=MEMORY_BYTES)["text"])


def _differing(name: Text, mine: str, theirs: str) -> Text:
    place = _first_place(mine, theirs)
    return text(
        "“{conversation}”: llama.cpp writes {file!r}, jinja2 {folder!r}, from character {place:,} on.",
        conversation=name,
        file=theirs[place : place + SHOWN],
        folder=mine[place : place + SHOWN],
        place=place + 1,
    )


def _first_place(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))
