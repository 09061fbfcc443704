"""What a source file gives a call: either side of a choice, what a name of the module stands for, words in a string."""

import ast
from collections.abc import Iterator

TEMPLATES = {"text": 1, "counted": 2}  # how many literals pybabel looks for in a call


def constants_of(tree: ast.Module) -> dict[str, ast.expr]:
    """Names of the module and their values."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a plain name."""
    return (
        (node.func.id, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )


def parts_of(node: ast.expr, constants: dict[str, ast.expr]) -> Iterator[ast.expr]:
    """Either side of a choice; what a name of the module stands for."""
    if isinstance(node, ast.IfExp):
        yield from (*parts_of(node.body, constants), *parts_of(node.orelse, constants))
    elif isinstance(node, ast.BoolOp):
        yield from (part for value in node.values for part in parts_of(value, constants))
    else:
        yield constants.get(node.id, node) if isinstance(node, ast.Name) else node


def words_of(node: ast.AST) -> Iterator[str]:
    """The string, or what stands between the values of an f-string."""
    pieces = node.values if isinstance(node, ast.JoinedStr) else [node]
    return (one.value for one in pieces if isinstance(one, ast.Constant) and isinstance(one.value, str))
