"""Texts in the scripts of the Godot dock, with and without `Words.translated`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from gdtoolkit.parser import parser
from lark import Token, Tree

__all__ = ["loose", "translated"]

Node = Tree[Token] | Token
_IN_SCENE = re.compile(r'^(?:[a-z_]*text|title|popup/item_\d+/text) = (".*")$', re.MULTILINE)


def translated(script: Path) -> set[str]:
    """Return the texts that a script or scene translates, also from a script's constants."""
    if script.suffix == ".tscn":
        return {ast.literal_eval(text) for text in _IN_SCENE.findall(script.read_text(encoding="utf-8"))}
    tree = parser.parse(script.read_text(encoding="utf-8"))
    constants = _constants(tree)
    return {text for call in _calls(tree) for argument in call.children[1:] for text in _texts(argument, constants)}


def loose(script: Path) -> set[str]:
    """Return untranslated texts of two words or more."""
    tree = parser.parse(script.read_text(encoding="utf-8"))
    known = translated(script)
    inside = {id(part) for call in _calls(tree) for part in call.iter_subtrees()}
    found = {
        text
        for part in tree.iter_subtrees()
        if part.data in ("string", "arith_expr") and id(part) not in inside and (text := _joined(part)) is not None
    }
    pieces = {text for text in found if any(text in whole for whole in known)}
    return {text for text in found - pieces if len([word for word in text.split() if word.isalpha()]) > 1}


def _calls(tree: Tree[Token]) -> Iterator[Tree[Token]]:
    for call in tree.find_data("getattr_call"):
        called = call.children[0]
        if isinstance(called, Tree) and [str(part) for part in called.children] == ["Words", ".", "translated"]:
            yield call


def _constants(tree: Tree[Token]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for statement in tree.find_data("const_stmt"):
        (assigned,) = statement.children
        assert isinstance(assigned, Tree)
        found[str(assigned.children[0])] = assigned.children[-1]
    return found


def _texts(node: Node, constants: dict[str, Node]) -> Iterator[str]:
    """Yield texts: of a table its values, of a constant's element all of the constant."""
    if isinstance(node, Token):
        if str(node) in constants:
            yield from _texts(constants[str(node)], constants)
        return
    if (text := _joined(node)) is not None:
        yield text
    elif node.data == "c_dict_element":
        yield from _texts(node.children[1], constants)
    elif node.data in ("subscr_expr", "getattr_call", "getattr"):
        yield from _texts(node.children[0], constants)
    else:
        for child in node.children:
            yield from _texts(child, constants)


def _joined(node: Node) -> str | None:
    """Return the text of a string or a sum of strings, else None."""
    if isinstance(node, Tree) and node.data == "string":
        return str(ast.literal_eval(str(node.children[0])))
    if isinstance(node, Tree) and node.data == "arith_expr":
        parts = [_joined(part) for part in node.children if str(part) != "+"]
        return None if None in parts else "".join(part for part in parts if part is not None)
    return None
